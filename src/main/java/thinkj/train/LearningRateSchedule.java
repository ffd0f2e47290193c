package thinkj.train;

import thinkj.config.OptimizerSettings;
import thinkj.config.ScheduleKind;

/**
 * The learning rate of every optimiser step, as the schedulers of Hugging Face's transformers and of verl define it.
 *
 * <p>With W warm-up steps and T steps in all, step s (from 0) has the rate {@code peak · s / W} while s &lt; W, and then, with
 * {@code p = (s − W) / (T − W)}: cosine {@code peak · (m + (1 − m) · ½(1 + cos πp))} with m = {@code minRatio}; linear
 * {@code peak · (m + (1 − m) · (1 − p))}; constant {@code peak}. Without warm-up the first step already has the full rate.
 *
 * @param kind the curve after the warm-up
 * @param peak the highest rate
 * @param warmupSteps steps in which the rate rises from 0
 * @param totalSteps steps of the whole run
 * @param minRatio the rate at the end as a share of the peak, for cosine and linear
 */
public record LearningRateSchedule(ScheduleKind kind, double peak, int warmupSteps, int totalSteps, double minRatio) {

    public LearningRateSchedule {
        if (warmupSteps < 0 || totalSteps < 0) {
            throw new IllegalArgumentException("warm-up of " + warmupSteps + " steps in " + totalSteps + ": neither may be negative");
        }
    }

    /** A schedule whose warm-up is a share of the run, rounded up as Hugging Face's trainer does. */
    public static LearningRateSchedule of(ScheduleKind kind, double peak, double warmupRatio, int totalSteps, double minRatio) {
        return new LearningRateSchedule(kind, peak, (int) Math.ceil(warmupRatio * totalSteps), totalSteps, minRatio);
    }

    /** The schedule that settings ask for. */
    public static LearningRateSchedule of(OptimizerSettings settings, int totalSteps) {
        return of(settings.schedule(), settings.learningRate(), settings.warmupRatio(), totalSteps, settings.minLearningRateRatio());
    }

    /** @param step optimiser steps taken before this one */
    public double at(int step) {
        if (step < warmupSteps) {
            return peak * ((double) step / warmupSteps);
        }
        double progress = (double) (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
        return switch (kind) {
            case CONSTANT -> peak;
            case LINEAR -> peak * (minRatio + (1 - minRatio) * Math.max(0, 1 - progress));
            case COSINE -> peak * (minRatio + (1 - minRatio) * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress))));
        };
    }
}
