package thinkj.config;

/** What becomes of answers that were cut off at the longest length allowed. */
public enum TruncatedAnswers {
    /** They are learnt from like any other. */
    KEEP,
    /** They count in their group's mean but nothing is learnt from their tokens. */
    MASK,
    /** A penalty is taken off their score, and a smaller one off the scores of those that came near. */
    PENALTY
}
