package thinkj.kernels;

/**
 * Zeroes a share of a matrix's values and divides the rest by the share that is kept. Which ones is a hash of the key, the row's number
 * and the column: the same whenever it is asked, so that a mask is never kept, a layer that is computed a second time has the same one,
 * and a run that goes on after a stop draws as if it had never stopped. A row keeps its number whatever rows it is computed with, so that
 * it loses the same values in any company.
 *
 * @param rate share that is zeroed, at least 0 and below 1
 * @param key of this matrix among those of a pass
 * @param rows number of each row, [N]
 */
public record Dropout(double rate, long key, int[] rows) {
    private static final int GOLDEN_RATIO = 0x9E37_79B9;
    private static final int FIRST_FACTOR = 0x7feb_352d;
    private static final int SECOND_FACTOR = 0x846c_a68b;
    private static final int BITS = 24;

    /** Does it to one row, in place. */
    public void apply(float[] values, long row) {
        int start = mixed(rows[(int) row] * GOLDEN_RATIO + (int) key) ^ (int) (key >>> Integer.SIZE);
        int zeroed = (int) Math.round(rate * (1 << BITS));
        float kept = (float) (1 / (1 - rate));
        for (int column = 0; column < values.length; column++) {
            int bits = mixed(start + column * GOLDEN_RATIO) >>> Integer.SIZE - BITS;
            values[column] = bits < zeroed ? 0 : values[column] * kept;
        }
    }

    /** Every bit of the result depends on every bit of the number: a permutation by C. Wellons' search for the least biased one. */
    private static int mixed(int number) {
        int x = (number ^ number >>> 16) * FIRST_FACTOR;
        x = (x ^ x >>> 15) * SECOND_FACTOR;
        return x ^ x >>> 16;
    }
}
