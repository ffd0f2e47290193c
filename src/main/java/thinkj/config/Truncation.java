package thinkj.config;

/** What becomes of a training example longer than the cut-off. */
public enum Truncation {
    /** Refuse to train. */
    ERROR,
    /** Leave the example out. */
    DROP,
    /** Cut inside the responses to be judged; the judge's instruction, the assistant's header and the end token stay. */
    MIDDLE,
    /** Cut as the original does, silently at the ends of prompt and answer. */
    ORIGINAL
}
