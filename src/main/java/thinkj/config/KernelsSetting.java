package thinkj.config;

/** Whose kernels a run computes with; {@code auto} takes oneDNN's where they run, ND4J's elsewhere. */
public enum KernelsSetting {
    AUTO,
    ONEDNN,
    ND4J
}
