package thinkj.kernels;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a graph computes in. Weights, their gradients, the residual stream and its gradient, the inside of norms and softmax,
 * log-probabilities and losses are fp32 in each; generation has copies of the weights in the
 * precision's own type.
 */
public enum Precision {
    /** fp32 throughout. */
    FP32(DataType.FLOAT),

    /** Matrix products take bf16 and add up in fp32; what a layer keeps for its backward pass is bf16. */
    BF16(DataType.BFLOAT16),

    /** As {@link #BF16}, but weights of products are int8 with a scale for each output: for generation, no gradient can be had. */
    INT8(DataType.BFLOAT16);

    private final DataType activations;

    Precision(DataType activations) {
        this.activations = activations;
    }

    /** Type of what lies between the products of a layer. */
    public DataType activations() {
        return activations;
    }
}
