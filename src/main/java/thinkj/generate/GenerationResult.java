package thinkj.generate;

/**
 * What came out.
 *
 * @param ids generated ids, the stop id included
 * @param logProbs log-probability of each id under the model's raw distribution at temperature 1 (log-softmax of raw logits)
 * @param finishReason {@link #STOP} (stop id or string), {@link #LENGTH}, {@link #CANCELLED} or {@link #ERROR}
 * @param text decoded without special tokens, cut before a stop string; null without a tokenizer
 * @param error why the request could not be continued; null but for {@link #ERROR}
 */
public record GenerationResult(int[] ids, float[] logProbs, String finishReason, String text, Times times, String error) {

    /** A stop id or a stop string came. */
    public static final String STOP = "stop";

    /** The most new tokens, or the model's context, were reached. */
    public static final String LENGTH = "length";

    /** It was told to stop; what was generated until then is there. */
    public static final String CANCELLED = "cancelled";

    /** It could not be continued, {@link #error} says why; others are not touched by that. */
    public static final String ERROR = "error";

    /**
     * Seconds since the request was added.
     *
     * @param queued until it was taken up
     * @param first until its first token, where there is one
     * @param done until its last token
     */
    public record Times(double queued, double first, double done) {

        /** From when it was taken up until its last token. */
        public double underWay() {
            return done - queued;
        }
    }

    static GenerationResult refused(String error) {
        return new GenerationResult(new int[0], new float[0], ERROR, null, new Times(0, 0, 0), error);
    }

    /** Whether it was continued as asked, or cancelled. */
    public boolean failed() {
        return error != null;
    }
}
