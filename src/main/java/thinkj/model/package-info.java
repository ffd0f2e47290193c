/**
 * Qwen2 as a SameDiff graph, in the checkpoint's own words.
 *
 * <p>{@link thinkj.model.Qwen2Graph} is the assembly drawing; one definition serves training and scoring
 * ({@link thinkj.model.LossGraph}) and generation over a paged KV cache ({@link thinkj.model.PagedModel}). Weights belong to
 * {@link thinkj.model.Qwen2Model}; graphs borrow them as placeholders under their checkpoint names. Either all of them are trained, in fp32, or
 * a low-rank {@link thinkj.model.Adapter} beside {@link thinkj.model.FrozenWeights}, which generation sees merged. Batches are packed
 * ({@link thinkj.model.PackedTokens}): there is no padding anywhere, so none can change a result.
 */
package thinkj.model;
