package thinkj.train;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;

/** The order in which an epoch visits the examples: a function of the seed and the epoch alone, so that a run can be repeated. */
public final class EpochOrder {
    /** An odd constant that spreads neighbouring epochs over the whole range of seeds (SplitMix64's). */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    /** Longest stretch that is sorted by length, in steps: as in Hugging Face's trainer. */
    private static final int MOST_GROUPED_STEPS = 50;

    private EpochOrder() {}

    /** Examples as they stand. */
    public static int[] straight(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        return order;
    }

    /**
     * A permutation by Fisher and Yates, drawn from {@link Random}, whose numbers are specified and the same in every Java.
     *
     * @param epoch from 0
     */
    public static int[] shuffled(int count, long seed, int epoch) {
        Random random = new Random(seed + SPREAD * (epoch + 1));
        int[] order = straight(count);
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    /**
     * An order that brings examples of about the same length together: cut into stretches of 50 steps, or of a quarter of the examples where
     * that is less, and each of these sorted, the longest first. Where a stretch's examples come from is still chance.
     *
     * @param order of the examples
     * @param lengths of the examples
     * @param batchSize examples of a step
     */
    static int[] grouped(int[] order, int[] lengths, int batchSize) {
        int steps = Math.max(1, Math.min(MOST_GROUPED_STEPS, order.length / (4 * batchSize)));
        int[] grouped = new int[order.length];
        for (int from = 0; from < order.length; from += steps * batchSize) {
            int[] stretch = Arrays.stream(order, from, Math.min(from + steps * batchSize, order.length))
                    .boxed()
                    .sorted(Comparator.comparingInt(example -> -lengths[example]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            System.arraycopy(stretch, 0, grouped, from, stretch.length);
        }
        return grouped;
    }
}
