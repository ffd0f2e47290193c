package thinkj.train;

/**
 * Sums of squares of blocks, at the speed of memory: products and most additions run in fp32 over whole arrays, which the compiler
 * vectorises, and pairwise, which rounds little. Where fp32 has not the range, the block is added up in double. For one thread.
 */
final class SumOfSquares {
    /** Few enough to be added one by one. */
    private static final int FEW = 128;

    /** Between these no square that counts has been lost: fp32 goes from 1e-38 to 3e38. */
    private static final double SMALLEST = 1e-20;
    private static final double LARGEST = 1e38;

    private final float[] sums;
    private final float[] others;

    /** @param most values of a block */
    SumOfSquares(int most) {
        sums = new float[most / 2];
        others = new float[most / 2];
    }

    /** NaN or infinite when any value is. */
    double of(float[] values, int length) {
        double sum = byHalves(values, length);
        return sum > SMALLEST && sum < LARGEST ? sum : oneByOne(values, length);
    }

    private double byHalves(float[] values, int length) {
        int half = length / 2;
        double rest = length % 2 == 0 ? 0 : (double) values[length - 1] * values[length - 1];
        // Halves get an array of their own: the compiler must see that what is read is not what is written.
        System.arraycopy(values, half, others, 0, half);
        squares(values, others, sums, half);
        while (half > FEW) {
            rest += half % 2 == 0 ? 0 : sums[half - 1];
            half /= 2;
            System.arraycopy(sums, half, others, 0, half);
            add(others, sums, half);
        }
        for (int i = 0; i < half; i++) {
            rest += sums[i];
        }
        return rest;
    }

    private static void squares(float[] a, float[] b, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = a[i] * a[i] + b[i] * b[i];
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
