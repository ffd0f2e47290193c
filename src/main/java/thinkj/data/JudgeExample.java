package thinkj.data;

/**
 * A question with two answers and which of them is better: what a judge is asked and what it should say.
 *
 * @param id stable name of the row; rows of different files are joined by it
 * @param better 1 or 2
 * @param strength how much better, −3…3, negative when response 1 is the better one; null when it is not known
 */
public record JudgeExample(String id, String instruction, String response1, String response2, int better, Integer strength) {

    public JudgeExample {
        Fields.notBlank("id", id);
        Fields.notBlank("instruction", instruction);
        Fields.present("response1", response1);
        Fields.present("response2", response2);
        if (better != 1 && better != 2) {
            throw new IllegalArgumentException("better: " + better + ", must be 1 or 2");
        }
        if (strength != null && Math.abs(strength) > 3) {
            throw new IllegalArgumentException("strength: " + strength + ", must lie in -3 to 3");
        }
        if (strength != null && strength != 0 && (strength < 0 ? 1 : 2) != better) {
            throw new IllegalArgumentException("strength: " + strength + " contradicts better = " + better
                    + " (negative means that response 1 is better, positive response 2)");
        }
    }

    /** The same row with its two responses exchanged; better and strength follow. */
    public JudgeExample swapped() {
        return new JudgeExample(id, instruction, response2, response1, 3 - better, strength == null ? null : Integer.valueOf(-strength));
    }
}
