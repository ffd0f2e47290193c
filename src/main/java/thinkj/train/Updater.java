package thinkj.train;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.config.OptimizerSettings;

/**
 * Turns the gradients of a step's micro-batches into a change of the parameters: global norm, clipping, schedule, AdamW. Stops at the
 * first gradient that is not finite, before it can touch a parameter.
 */
public final class Updater implements AutoCloseable {
    private final Gradients gradients;
    private final AdamW adamW;
    private final GradientClip clip;
    private final LearningRateSchedule schedule;
    private final Runnable changed;

    /**
     * What a step did.
     *
     * @param step number of this optimiser step, from 1
     * @param learningRate the rate it used
     * @param gradientNorm global norm before clipping
     */
    public record Update(int step, double learningRate, double gradientNorm) {}

    /**
     * @param parameters changed in place
     * @param totalSteps optimiser steps of the whole run, which the schedule spans
     * @param written hears of every value while a step is being taken
     * @param changed runs after every change of the parameters
     */
    public Updater(
            Map<String, INDArray> parameters, OptimizerSettings settings, int totalSteps, AdamW.Written written, Runnable changed) {
        this.changed = changed;
        this.gradients = new Gradients(parameters);
        this.adamW = new AdamW(
                parameters,
                new AdamW.Settings(settings.beta1(), settings.beta2(), settings.epsilon(), settings.weightDecay()),
                settings.decay()::decays,
                written);
        this.clip = new GradientClip(settings.maxGradNorm());
        this.schedule = LearningRateSchedule.of(settings, totalSteps);
    }

    /** Where the step's micro-batches are collected. */
    public Gradients gradients() {
        return gradients;
    }

    /** Steps taken so far. */
    public int steps() {
        return adamW.steps();
    }

    /** The optimizer's arrays: what to write down to go on later, or to fill before {@link #resume}. */
    Map<String, INDArray> state() {
        return adamW.state();
    }

    /** Goes on after so many steps, with {@link #state} as it was then. */
    void resume(int stepsTaken) {
        adamW.resume(stepsTaken);
    }

    public LearningRateSchedule schedule() {
        return schedule;
    }

    /**
     * Takes an optimiser step with the gradients collected since the last one; the next begins a new collection.
     *
     * @throws RunFailed if a gradient is NaN or infinite; the parameters are as they were
     */
    public Update apply() {
        double norm = gradients.norm();
        if (!Double.isFinite(norm)) {
            throw new RunFailed(message(adamW.steps() + 1, gradients.nonFinite()));
        }
        double rate = schedule.at(adamW.steps());
        adamW.step(gradients, rate, clip.factor(norm));
        changed.run();
        gradients.clear();
        return new Update(adamW.steps(), rate, norm);
    }

    private static String message(int step, List<String> names) {
        String which = switch (names.size()) {
            case 0 -> "its norm is beyond the range of numbers";
            case 1 -> names.get(0);
            default -> names.get(0) + " and " + (names.size() - 1) + " more parameters";
        };
        return "step " + step + ": the gradient is not finite (" + which + "); nothing was changed in this step. "
                + "A lower learning_rate or max_grad_norm may help";
    }

    @Override
    public void close() {
        gradients.close();
        adamW.close();
    }
}
