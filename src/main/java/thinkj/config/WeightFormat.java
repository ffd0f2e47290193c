package thinkj.config;

/** How a checkpoint's weights are written: as they are trained, or in half the space. */
public enum WeightFormat {
    F32,
    BF16
}
