package thinkj.data;

/**
 * What a data set's reader makes of a row: an example, or the reason why the row is left out.
 *
 * @param example null where the row is left out
 * @param dropped the reason in a few words, fit to count by; null where the row is kept
 */
record Reading(JudgeExample example, String dropped) {

    static Reading kept(JudgeExample example) {
        return new Reading(example, null);
    }

    static Reading dropped(String reason) {
        return new Reading(null, reason);
    }
}
