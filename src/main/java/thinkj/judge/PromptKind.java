package thinkj.judge;

import java.util.Locale;

/** The ways to ask a judge. */
public enum PromptKind {
    /** Think, then name the better response and by how much, 1 to 3. */
    STRENGTH,
    /** Think, then name the better response. */
    COT,
    /** Think, then give both responses a score from 0 to 100. */
    SCORE,
    /** Think, then give one response a score from 0 to 100. */
    SCORE_SINGLE,
    /** Name the better response at once. */
    DIRECT;

    /** The name in configs, options and file names, such as {@code score_single}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the answer begins with an explanation between {@code <think>} and {@code </think>}. */
    public boolean thinks() {
        return this != DIRECT;
    }
}
