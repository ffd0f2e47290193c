package thinkj.config;

/** What becomes of a row that is longer than the limit. Nothing is ever cut without being counted. */
public enum Truncation {
    /** The run does not start; every row that is too long is told. */
    ERROR,
    /** The row is left out. */
    DROP,
    /**
     * The middle is taken out of the responses to be judged, or of the user's whole text where none are recognised; the answer, the heads
     * of the turns and the end token stay whole. A row whose answer alone is too long is left out.
     */
    MIDDLE,
    /** As the original does it: both ends cut at their tails. The end token can be lost. */
    ORIGINAL
}
