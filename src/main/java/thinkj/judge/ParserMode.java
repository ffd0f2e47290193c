package thinkj.judge;

/** How an answer is read. */
public enum ParserMode {
    /** The last verdict outside the thinking; what Think-J trains and evaluates with. */
    STRICT,
    /** The published program's loose reading: the whole text, thinking included, for comparing with its numbers. */
    ORIGINAL,
    /** The published program's reading of {@code cot} answers that must end in the verdict; other kinds as {@link #ORIGINAL}. */
    ORIGINAL_STRICT
}
