package thinkj.config;

/** How weights that are not trained are held in memory; int8 has a scale for each output of a projection. */
public enum BaseFormat {
    FP32,
    BF16,
    INT8
}
