/**
 * The arithmetic behind the graph's nodes, for one backend each.
 *
 * <p>{@link thinkj.kernels.Kernels} is the whole contract: every node of the graph asks it to compute, into arrays that the caller
 * owns. {@link thinkj.kernels.Nd4jKernels} is made of ND4J calls alone, runs on any ND4J backend and is the reference for every other
 * implementation.
 *
 * <p>Shapes, here and in {@code ops} and {@code model}: N tokens of a packed batch, S sequences, M targets, V vocabulary, D hidden,
 * H query heads, K key and value heads, d head size, F feed-forward. All arrays are C order; matrices of weights are
 * {@code [out, in]}, as in the checkpoint; indices are INT32, everything else fp32.
 */
package thinkj.kernels;
