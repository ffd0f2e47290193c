/**
 * The CPU's fast kernels: oneDNN's matrix products, and tight loops for what it has no kernel for.
 *
 * <p>{@link thinkj.kernels.onednn.OneDnn} loads the library, or says why it can't be used here. {@link thinkj.kernels.onednn.Primitives}
 * is the door to it for everything else: a cache of {@link thinkj.kernels.onednn.Primitive}s, each prepared for operands of one
 * {@link thinkj.kernels.onednn.Layout} and run on bare addresses, so that a call costs about two microseconds and allocates nothing. What
 * a step of decoding asks for again and again is prepared as a whole: it is found out once which primitives run, and where.
 * Attention goes in blocks of queries ({@link thinkj.kernels.onednn.GroupAttention}), token log-probabilities in blocks of the vocabulary
 * ({@link thinkj.kernels.onednn.VocabularyBlocks}), so that neither scores nor logits are ever held whole.
 *
 * <p>Over a paged cache, attention goes in pieces of few tokens of one sequence ({@link thinkj.kernels.onednn.PagedPiece}), each one
 * core's: a piece's products are too small to be shared out. New tokens of sequences that begin with the same blocks, such as samples of
 * one prompt, are a piece together ({@link thinkj.kernels.onednn.PagedGroup}). In bf16, pieces of many tokens that see many keys are taken
 * apart once more, for their scores to stay in a core's cache ({@link thinkj.kernels.onednn.PagedPacked}). Whatever is small runs on one
 * thread, since waking another takes some tens of microseconds.
 *
 * <p>In fp32 a token's results do not depend, to the bit, on its company: products of two rows and more sum up each row in the same
 * order however many there are, and attention takes as many keys, by chunks, as a token's position says. A product of one row alone may
 * be summed up otherwise; whoever wants the promise asks for none. In bf16 there is no such promise, though the same step gives the same
 * result.
 *
 * <p>What oneDNN expects and does not say: an operand that is broadcast to a result has to be spread like the result where the result
 * has gaps between its rows, and one value a row is taken only where the result has three dimensions; otherwise oneDNN reads elsewhere,
 * or computes a thousand times more slowly.
 *
 * <p>Shapes are named as in {@link thinkj.kernels}.
 */
package thinkj.kernels.onednn;
