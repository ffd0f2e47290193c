package thinkj.train;

import java.util.Arrays;

/**
 * Sums of squares of blocks, at the speed of memory: fp32 adds up in many lanes, which the compiler vectorises and which round little,
 * double adds up the lanes. Where fp32 has not the range, the block is added up in double. For one thread.
 */
final class SumOfSquares {
    private static final int LANES = 512;

    /** Few enough to be added one by one. */
    private static final int FEW = 64;

    /** Between these no square that counts has been lost: fp32 goes from 1e-38 to 3e38. */
    private static final double SMALLEST = 1e-20;
    private static final double LARGEST = 1e38;

    private final float[] sums = new float[LANES];
    private final float[] piece = new float[LANES];

    /** NaN or infinite when any value is. */
    double of(float[] values, int length) {
        double sum = byLanes(values, length);
        return sum > SMALLEST && sum < LARGEST ? sum : oneByOne(values, length);
    }

    private double byLanes(float[] values, int length) {
        Arrays.fill(sums, 0);
        int whole = length - length % LANES;
        for (int from = 0; from < whole; from += LANES) {
            // An array of its own: the compiler must see that what is read is not what is written.
            System.arraycopy(values, from, piece, 0, LANES);
            addSquares(piece, sums);
        }
        for (int lanes = LANES / 2; lanes >= FEW; lanes /= 2) {
            System.arraycopy(sums, lanes, piece, 0, lanes);
            add(piece, sums, lanes);
        }
        double sum = 0;
        for (int i = 0; i < FEW; i++) {
            sum += sums[i];
        }
        for (int i = whole; i < length; i++) {
            sum += (double) values[i] * values[i];
        }
        return sum;
    }

    private static void addSquares(float[] values, float[] to) {
        for (int i = 0; i < LANES; i++) {
            to[i] += values[i] * values[i];
        }
    }

    private static void add(float[] what, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += what[i];
        }
    }

    private static double oneByOne(float[] values, int length) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (double) values[i] * values[i];
        }
        return sum;
    }
}
