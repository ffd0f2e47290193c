package thinkj.config;

/**
 * How parameters follow their gradients: AdamW and the course of its learning rate.
 *
 * @param learningRate the highest rate
 * @param schedule the curve after the warm-up
 * @param warmupRatio share of all steps in which the rate rises from 0
 * @param minLearningRateRatio the rate at the end as a share of the highest, for cosine and linear
 * @param beta1 decay of the mean of gradients
 * @param beta2 decay of the mean of squared gradients
 * @param epsilon added to the root of the bias-corrected mean of squares
 * @param weightDecay decoupled decay, multiplied by the learning rate
 * @param decay which parameters are decayed
 * @param maxGradNorm longest gradient let through; 0 turns clipping off
 */
public record OptimizerSettings(
        double learningRate,
        ScheduleKind schedule,
        double warmupRatio,
        double minLearningRateRatio,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        DecayGroup decay,
        double maxGradNorm) {

    public OptimizerSettings {
        new Rules()
                .that(learningRate > 0, "learning_rate", learningRate, "must be greater than 0")
                .that(warmupRatio >= 0 && warmupRatio <= 1, "warmup_ratio", warmupRatio, "must be from 0 to 1")
                .that(minLearningRateRatio >= 0 && minLearningRateRatio <= 1, "min_learning_rate_ratio", minLearningRateRatio,
                        "must be from 0 to 1")
                .that(beta1 >= 0 && beta1 < 1, "beta1", beta1, "must be at least 0 and less than 1")
                .that(beta2 >= 0 && beta2 < 1, "beta2", beta2, "must be at least 0 and less than 1")
                .that(epsilon > 0, "epsilon", epsilon, "must be greater than 0")
                .that(weightDecay >= 0, "weight_decay", weightDecay, "must be at least 0")
                .that(maxGradNorm >= 0, "max_grad_norm", maxGradNorm, "must be at least 0 (0 is off)")
                .check();
    }
}
