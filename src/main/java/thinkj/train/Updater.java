package thinkj.train;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.config.OptimizerSettings;

/**
 * Turns the gradients of a step's micro-batches into a change of the parameters: global norm, clipping, schedule, AdamW. Stops at the
 * first gradient that is not finite, before it can touch a parameter, and at the first parameter that is not finite behind a step.
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
     * @throws NotFinite if a gradient is NaN or infinite, the parameters being as they were; or if the step leaves a parameter so
     */
    public Update apply() {
        double norm = gradients.norm();
        if (!Double.isFinite(norm)) {
            throw gradients.blamed(new NotFinite("the gradient of " + named(gradients.nonFinite()) + " is not finite"));
        }
        double rate = schedule.at(adamW.steps());
        adamW.step(gradients, rate, clip.factor(norm));
        requireFinite(rate);
        changed.run();
        gradients.clear();
        return new Update(adamW.steps(), rate, norm);
    }

    private void requireFinite(double rate) {
        List<String> broken = adamW.nonFinite();
        if (!broken.isEmpty()) {
            throw new NotFinite("the update left " + named(broken) + " with values that are not finite, by a gradient that is finite (learning rate "
                    + rate + ")");
        }
    }

    private static String named(List<String> names) {
        return names.get(0) + (names.size() == 1 ? "" : " and " + (names.size() - 1) + " more");
    }

    @Override
    public void close() {
        gradients.close();
        adamW.close();
    }
}
