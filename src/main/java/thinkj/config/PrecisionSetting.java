package thinkj.config;

/** What a run computes in; weights and the optimiser's state are fp32 in either. */
public enum PrecisionSetting {
    FP32,
    BF16
}
