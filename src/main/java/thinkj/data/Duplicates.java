package thinkj.data;

import java.text.Normalizer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** What counts as the same row twice. The order of the two responses never matters. */
public enum Duplicates {
    /** Nothing: every row stays. */
    KEEP,
    /** The same texts, character for character. */
    EXACT,
    /** The same texts but for case, white space, and ways to write the same character. */
    NORMALISED;

    private static final Pattern WHITE = Pattern.compile("[\\s\\p{Z}]+");

    /** Finds rows that came before. */
    static final class Finder {
        private final Duplicates policy;
        private final Map<String, String> betterBySeen = new HashMap<>();

        Finder(Duplicates policy) {
            this.policy = policy;
        }

        /** Why the row is left out; null for the first of its kind. */
        String reason(JudgeExample example) {
            if (policy == KEEP) {
                return null;
            }
            String instruction = policy.text(example.instruction());
            String first = policy.text(example.response1());
            String second = policy.text(example.response2());
            boolean ordered = first.compareTo(second) <= 0;
            String key = JudgeRows.hash(instruction, ordered ? first : second, ordered ? second : first);
            String better = JudgeRows.hash(example.better() == 1 ? first : second);
            String earlier = betterBySeen.putIfAbsent(key, better);
            if (earlier == null) {
                return null;
            }
            return earlier.equals(better) ? "duplicate" : "duplicate with the other verdict";
        }
    }

    private String text(String text) {
        if (this == EXACT) {
            return text;
        }
        String one = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return WHITE.matcher(one).replaceAll(" ").strip();
    }
}
