package thinkj.generate;

/**
 * What came out.
 *
 * @param ids generated ids, the stop id included
 * @param logProbs log-probability of each id under the model's raw distribution at temperature 1 (log-softmax of raw logits)
 * @param finishReason {@code stop} (stop id or string) or {@code length}
 * @param text decoded without special tokens, cut before a stop string; null without a tokenizer
 */
public record GenerationResult(int[] ids, float[] logProbs, String finishReason, String text) {}
