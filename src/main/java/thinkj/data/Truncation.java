package thinkj.data;

/** What becomes of a row that is longer than the limit. Nothing is ever cut without being counted. */
public enum Truncation {
    /** The run does not start; every row that is too long is told. */
    ERROR,
    /** The row is left out. */
    DROP,
    /**
     * The middle is taken out of the user's text, or of those parts of it that {@link CutRegions} names; the answer, the heads of the
     * turns and the end token stay whole. A row whose answer alone is too long is left out.
     */
    MIDDLE,
    /** As the original does it: both ends cut at their tails, by {@link OriginalCut}. The end token can be lost. */
    ORIGINAL
}
