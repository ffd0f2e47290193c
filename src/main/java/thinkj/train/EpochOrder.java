package thinkj.train;

import java.util.Random;

/** The order in which an epoch visits the examples: a function of the seed and the epoch alone, so that a run can be repeated. */
public final class EpochOrder {
    /** An odd constant that spreads neighbouring epochs over the whole range of seeds (SplitMix64's). */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

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
}
