/**
 * The arithmetic behind the graph's nodes, for one backend each.
 *
 * <p>{@link thinkj.kernels.Kernels} is the whole contract: every node of the graph asks it to compute, into arrays that the caller
 * owns. {@link thinkj.kernels.Nd4jKernels} is made of ND4J calls alone, runs on any ND4J backend and is the reference for every other
 * implementation. {@link thinkj.kernels.onednn} has the CPU's fast ones. {@link thinkj.kernels.Engine} chooses, and holds what the
 * kernels of one model's graphs share.
 *
 * <p>Shapes, here and in {@code ops} and {@code model}: N tokens of a packed batch, S sequences, M targets, V vocabulary, D hidden,
 * H query heads, K key and value heads, d head size, F feed-forward. All arrays are C order; matrices of weights are
 * {@code [out, in]}, as in the checkpoint.
 *
 * <p>Types: indices are INT32. Under {@link thinkj.kernels.Precision#BF16} these are bf16: outputs of RMS norm, of projections without a
 * residual, of rotary embedding, attention and SwiGLU, keys and values in a cache, and the gradients of projections, attention and
 * SwiGLU that lead back to one of these alone. Everything else is fp32: weights and their gradients, embeddings, the residual stream and
 * its gradient, a low-rank branch's matrices, the gradient of a norm's output (several products add to it), log-probabilities. Weights
 * that are not trained have the type that they are kept in, bf16 or int8 with a scale a row too. A kernel goes by the types of the
 * arrays that it is given. Arrays may begin anywhere in their buffer, at a multiple of 64 bytes: {@code data().addressPointer()} points
 * to the first element, {@code data().address()} to the buffer's own.
 */
package thinkj.kernels;
