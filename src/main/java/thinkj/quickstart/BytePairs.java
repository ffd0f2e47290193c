package thinkj.quickstart;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns the merges of a byte-level BPE vocabulary (Sennrich et al. 2016; on bytes as in GPT-2), for texts small enough that every word
 * may become one token. The words are those of Qwen's tokenizer.
 */
final class BytePairs {
    /** How Qwen cuts a text into words; digits stay single. */
    static final String WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private static final Pattern WORD = Pattern.compile(WORDS);

    /**
     * @param left first part
     * @param right second part
     */
    record Merge(String left, String right) {
        String whole() {
            return left + right;
        }
    }

    private final List<Merge> merges = new ArrayList<>();

    private BytePairs() {}

    /**
     * Learns from texts, most frequent pair first, until every word is one token.
     *
     * @param most merges at most
     */
    static BytePairs learn(Collection<String> texts, int most) {
        Map<List<String>, Integer> words = words(texts);
        BytePairs pairs = new BytePairs();
        for (Merge next = mostFrequent(words); next != null && pairs.merges.size() < most; next = mostFrequent(words)) {
            pairs.merges.add(next);
            words = merged(words, next);
        }
        return pairs;
    }

    List<Merge> merges() {
        return merges;
    }

    /** Every token's text and its id: the 256 bytes, then the merges. */
    Map<String, Integer> vocabulary() {
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (int value = 0; value < 256; value++) {
            ids.put(symbol(value), ids.size());
        }
        merges.forEach(merge -> ids.put(merge.whole(), ids.size()));
        return ids;
    }

    private static Map<List<String>, Integer> words(Collection<String> texts) {
        Map<List<String>, Integer> words = new LinkedHashMap<>();
        for (String text : texts) {
            Matcher word = WORD.matcher(text);
            while (word.find()) {
                words.merge(symbols(word.group()), 1, Integer::sum);
            }
        }
        return words;
    }

    private static List<String> symbols(String word) {
        List<String> symbols = new ArrayList<>();
        for (byte value : word.getBytes(StandardCharsets.UTF_8)) {
            symbols.add(symbol(value & 0xff));
        }
        return symbols;
    }

    /** Null when every word is one symbol. Ties go to the pair that sorts first, so that the same texts give the same merges. */
    private static Merge mostFrequent(Map<List<String>, Integer> words) {
        Map<Merge, Integer> counts = new TreeMap<>(Comparator.comparing(Merge::left).thenComparing(Merge::right));
        words.forEach((symbols, count) -> {
            for (int i = 0; i + 1 < symbols.size(); i++) {
                counts.merge(new Merge(symbols.get(i), symbols.get(i + 1)), count, Integer::sum);
            }
        });
        Merge best = null;
        for (Map.Entry<Merge, Integer> entry : counts.entrySet()) {
            if (best == null || entry.getValue() > counts.get(best)) {
                best = entry.getKey();
            }
        }
        return best;
    }

    private static Map<List<String>, Integer> merged(Map<List<String>, Integer> words, Merge merge) {
        Map<List<String>, Integer> result = new LinkedHashMap<>();
        words.forEach((symbols, count) -> result.merge(merged(symbols, merge), count, Integer::sum));
        return result;
    }

    private static List<String> merged(List<String> symbols, Merge merge) {
        List<String> result = new ArrayList<>();
        for (int i = 0; i < symbols.size(); i++) {
            boolean here = i + 1 < symbols.size() && symbols.get(i).equals(merge.left()) && symbols.get(i + 1).equals(merge.right());
            result.add(here ? merge.whole() : symbols.get(i));
            i += here ? 1 : 0;
        }
        return result;
    }

    /** The printable character that stands for a byte in vocabulary files, as GPT-2 has it. */
    static String symbol(int value) {
        if (printable(value)) {
            return Character.toString(value);
        }
        int rank = 0;
        for (int below = 0; below < value; below++) {
            rank += printable(below) ? 0 : 1;
        }
        return Character.toString(256 + rank);
    }

    private static boolean printable(int value) {
        return value >= '!' && value <= '~' || value >= 0xa1 && value <= 0xac || value >= 0xae;
    }
}
