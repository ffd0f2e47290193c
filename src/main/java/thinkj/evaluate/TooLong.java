package thinkj.evaluate;

/** What becomes of a prompt that is longer than the model's context leaves room for. */
public enum TooLong {
    /** The run does not start. */
    ERROR,
    /** Its row is left out and counted. */
    DROP,
    /** The middle of its responses is cut out, the longer one first, and the row is counted. */
    MIDDLE
}
