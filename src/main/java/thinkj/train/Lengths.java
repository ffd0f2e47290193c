package thinkj.train;

import java.util.Arrays;
import java.util.Locale;

/**
 * How long the sequences of a set are.
 *
 * @param sorted tokens of each, the shortest first
 */
record Lengths(int[] sorted) {
    private static final int MOST_BINS = 10;
    private static final int BAR = 40;
    private static final int[] NICE = {1, 2, 5};

    static Lengths of(int[] lengths) {
        int[] sorted = lengths.clone();
        Arrays.sort(sorted);
        return new Lengths(sorted);
    }

    int longest() {
        return sorted[sorted.length - 1];
    }

    long total() {
        return Arrays.stream(sorted).asLongStream().sum();
    }

    /** The length that so much of the set does not exceed, by nearest rank. */
    private int quantile(double share) {
        return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }

    /** One line. */
    String summary() {
        return String.format(Locale.ROOT, "%,d to %,d tokens, median %,d, nine in ten at most %,d",
                sorted[0], longest(), quantile(0.5), quantile(0.9));
    }

    /** A line for each of at most ten ranges of equal width, with a bar as long as its share. */
    String histogram() {
        int width = width();
        int first = sorted[0] / width;
        int[] counts = new int[longest() / width - first + 1];
        for (int length : sorted) {
            counts[length / width - first]++;
        }
        int most = Arrays.stream(counts).max().orElse(1);
        StringBuilder text = new StringBuilder();
        for (int bin = 0; bin < counts.length; bin++) {
            long from = (long) (first + bin) * width;
            String range = width == 1 ? String.format(Locale.ROOT, "%,d", from) : String.format(Locale.ROOT, "%,d – %,d", from, from + width - 1);
            int bar = (int) Math.ceil((double) BAR * counts[bin] / most);
            text.append(String.format(Locale.ROOT, "  %15s   %-" + BAR + "s %,d%n", range, "█".repeat(bar), counts[bin]));
        }
        return text.toString();
    }

    /** The least of 1, 2, 5, 10, 20, 50 … that makes few enough ranges. */
    private int width() {
        for (int power = 1; ; power *= 10) {
            for (int nice : NICE) {
                int width = nice * power;
                if (longest() / width - sorted[0] / width < MOST_BINS) {
                    return width;
                }
            }
        }
    }
}
