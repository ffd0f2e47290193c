package thinkj.config;

/** What answers are sampled in, from weights made of the trained fp32 ones; training goes by {@link PrecisionSetting}. */
public enum RolloutPrecision {
    FP32,
    BF16,
    /** Weights of eight bits, activations in bf16. */
    INT8
}
