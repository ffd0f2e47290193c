package thinkj.judge;

import java.util.Locale;

/**
 * What a judge decided.
 *
 * @param better 1 or 2; 0 if the answer states no verdict (or a tie of scores)
 * @param strength how much better, signed: −3…−1 for response 1, 1…3 for response 2; 0 if not stated
 * @param score1 score of response 1 (or of the only response), NaN where none was asked for
 * @param score2 score of response 2, NaN where none was asked for
 * @param text the answer as it is to be kept: a strength without brackets is given them
 */
public record Verdict(int better, int strength, double score1, double score2, String text) {

    static Verdict none(String text) {
        return new Verdict(0, 0, Double.NaN, Double.NaN, text);
    }

    /** @param strength 1…3, or 0 if not stated */
    static Verdict of(int better, int strength, String text) {
        return new Verdict(better, better == 1 ? -strength : strength, Double.NaN, Double.NaN, text);
    }

    /** The verdict of two scores, a higher one being better; NaN or equal scores decide nothing. */
    public static Verdict ofScores(double score1, double score2, String text) {
        int better = score1 > score2 ? 1 : score2 > score1 ? 2 : 0;
        return new Verdict(better, 0, score1, score2, text);
    }

    /** Whether the answer states what it was asked for. */
    public boolean parsed() {
        return better != 0 || !Double.isNaN(score1);
    }

    /** Letter of a response in prompts and answers: a for 1, b for 2. */
    public static String letter(int response) {
        return switch (response) {
            case 1 -> "a";
            case 2 -> "b";
            default -> throw new IllegalArgumentException("better: " + response + ", must be 1 or 2");
        };
    }

    /**
     * The sentence that states a verdict; for the kinds that name a better response.
     *
     * @param strength sign is ignored; 1…3 for {@link PromptKind#STRENGTH}, unused otherwise
     */
    public static String sentence(PromptKind kind, int better, int strength) {
        int size = Math.abs(strength);
        return switch (kind) {
            case STRENGTH -> {
                if (size < 1 || size > 3) {
                    throw new IllegalArgumentException("strength: " + strength + ", must be 1 to 3 (or −1 to −3)");
                }
                yield String.format(Locale.ROOT, "Therefore, Response (%s) is better, and the strength is [[%d]].", letter(better), size);
            }
            case COT -> "Therefore, Response (" + letter(better) + ") is better.";
            case DIRECT -> "Response (" + letter(better) + ") is better.";
            case SCORE, SCORE_SINGLE ->
                throw new IllegalArgumentException("kind: " + kind.key() + ", states scores, not a better response");
        };
    }
}
