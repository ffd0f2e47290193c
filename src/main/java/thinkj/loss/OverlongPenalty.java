package thinkj.loss;

/**
 * What a long answer costs before it costs everything (Yu et al., "DAPO", 2025, section 3.4): nothing up to {@code buffer} tokens below the
 * longest length, then more with each token, up to {@code factor} for an answer of the longest length.
 *
 * <pre>penalty = factor · max(0, length − (longest − buffer)) / buffer</pre>
 *
 * @param longest most tokens of an answer
 * @param buffer last tokens of these, in which the penalty grows; 1 for one that only the longest answers pay
 * @param factor the penalty of the longest answers, in units of the reward
 */
public record OverlongPenalty(int longest, int buffer, double factor) {

    /** What an answer of so many tokens loses; never negative. */
    public double of(int tokens) {
        return factor * Math.max(0, tokens - (longest - buffer)) / buffer;
    }
}
