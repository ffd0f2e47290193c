package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SumOfSquaresTest {
    private static final int MOST = 8192;

    private final SumOfSquares sums = new SumOfSquares();
    private final Random random = new Random(3);

    @Test
    void agreesWithDoubleAtEveryLength() {
        for (int length : new int[] {0, 1, 2, 3, 127, 128, 255, 257, 258, 1000, 1023, 4097, 8191, 8192}) {
            float[] values = values(1);
            // In fp32 a lane adds up sixteen squares: some twenty roundings, of 6e-8 at most each.
            double expected = exact(values, length);
            assertEquals(expected, sums.of(values, length), 1e-6 * expected, "length " + length);
        }
    }

    @Test
    void valuesWhoseSquaresFp32CannotHoldCountAll() {
        for (float scale : new float[] {1e-30f, 1e-18f, 1e18f, 1e30f}) {
            float[] values = values(scale);
            double expected = exact(values, MOST);
            assertTrue(expected > 0 && Double.isFinite(expected));
            assertEquals(expected, sums.of(values, MOST), 1e-6 * expected, "scale " + scale);
        }
    }

    @Test
    void oneBrokenValueIsSeen() {
        for (int at : new int[] {0, 4095, 4096, 8191}) {
            float[] values = values(1);
            values[at] = Float.NaN;
            assertTrue(Double.isNaN(sums.of(values, MOST)));
            values[at] = Float.NEGATIVE_INFINITY;
            assertEquals(Double.POSITIVE_INFINITY, sums.of(values, MOST));
        }
    }

    private float[] values(float scale) {
        float[] values = new float[MOST];
        for (int i = 0; i < MOST; i++) {
            values[i] = scale * (float) random.nextGaussian();
        }
        return values;
    }

    private static double exact(float[] values, int length) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (double) values[i] * values[i];
        }
        return sum;
    }
}
