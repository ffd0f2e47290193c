package thinkj.generate;

/**
 * Sums of {@code e^(score − max)} over [V] scores, by blocks, in loops that the compiler vectorises. Neither {@code Math.exp} nor the usual
 * cut into a power of two and a rest does, on Java 17: here {@code e^x = (e^(x/4096))^4096}, the inner one by its series, the outer one by
 * squaring twelve times, in double; the relative error is below 1e-9 down to e^-20, and weights below e^-87 count as that.
 */
final class ExpSums {
    private static final int BLOCK = 512;
    private static final int SQUARINGS = 12;
    private static final double SCALE = 1.0 / (1 << SQUARINGS);

    /** Lower ones would be no fp32 numbers, and make the series wrong. */
    private static final double LOWEST = -87;

    private final double[] sums;
    private final double[] weights = new double[BLOCK];
    private float max;
    private double total;

    /** @param vocabulary V */
    ExpSums(int vocabulary) {
        sums = new double[(vocabulary + BLOCK - 1) / BLOCK];
    }

    /** Takes sums over all scores; NaN if any score is. */
    void take(float[] scores) {
        max = largest(scores);
        total = 0;
        for (int block = 0; block < sums.length; block++) {
            sums[block] = sum(weights(scores, block), width(scores, block));
            total += sums[block];
        }
    }

    /** The largest score. */
    float max() {
        return max;
    }

    /** The sum over all. */
    double total() {
        return total;
    }

    int blocks() {
        return sums.length;
    }

    static int start(int block) {
        return block * BLOCK;
    }

    static int width(float[] scores, int block) {
        return Math.min(BLOCK, scores.length - start(block));
    }

    /** {@code e^(score − max)} of a block, for the largest score found last; good until the next call. */
    double[] weights(float[] scores, int block) {
        int from = start(block);
        int width = width(scores, block);
        for (int i = 0; i < width; i++) {
            weights[i] = scores[from + i];
        }
        powers(weights, max);
        return weights;
    }

    private static void powers(double[] x, double max) {
        for (int i = 0; i < BLOCK; i++) {
            double t = Math.max(x[i] - max, LOWEST) * SCALE;
            double e = 1 + t * (1 + t * (1.0 / 2 + t * (1.0 / 6 + t * (1.0 / 24))));
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            x[i] = e;
        }
    }

    /** In four sums, which do not wait for each other. */
    private static double sum(double[] values, int count) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            a += values[i];
            b += values[i + 1];
            c += values[i + 2];
            d += values[i + 3];
        }
        for (; i < count; i++) {
            a += values[i];
        }
        return a + b + (c + d);
    }

    /** The largest score; −∞ where there is none. */
    static float largest(float[] scores) {
        float largest = Float.NEGATIVE_INFINITY;
        for (float score : scores) {
            largest = Math.max(largest, score);
        }
        return largest;
    }

    /** Inverse distribution function, in the order of the ids, over the scores whose sums were taken. */
    int draw(float[] scores, double uniform) {
        double target = uniform * total;
        double below = 0;
        int block = 0;
        while (block < sums.length - 1 && below + sums[block] <= target) {
            below += sums[block++];
        }
        double[] ofBlock = weights(scores, block);
        int width = width(scores, block);
        // By the last bits of sums added in another order the target may lie behind the block's end.
        int last = 0;
        while (last < width - 1 && below + ofBlock[last] <= target) {
            below += ofBlock[last++];
        }
        return start(block) + last;
    }
}
