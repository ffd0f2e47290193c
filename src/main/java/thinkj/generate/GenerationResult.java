package thinkj.generate;

/**
 * What came out.
 *
 * @param ids generated ids, the stop id included
 * @param logProbs log-probability of each id under the model's raw distribution at temperature 1 (log-softmax of raw logits)
 * @param finishReason {@link #STOP} (stop id or string) or {@link #LENGTH}
 * @param text decoded without special tokens, cut before a stop string; null without a tokenizer
 */
public record GenerationResult(int[] ids, float[] logProbs, String finishReason, String text) {

    /** A stop id or a stop string came. */
    public static final String STOP = "stop";

    /** The most new tokens, or the model's context, were reached. */
    public static final String LENGTH = "length";
}
