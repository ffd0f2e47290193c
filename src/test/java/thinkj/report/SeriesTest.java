package thinkj.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SeriesTest {

    @Test
    void thinningLosesNoSpike() {
        double[] values = new double[10_000];
        values[4567] = 9;
        values[8000] = -3;
        Series thin = series(values).thinned(100);
        assertEquals(100, thin.size());
        assertEquals(9, thin.max());
        assertEquals(-3, thin.min());
        assertEquals(4567, thin.steps()[Arrays.stream(thin.values()).boxed().toList().indexOf(9.0)]);
        for (int i = 1; i < thin.size(); i++) {
            assertTrue(thin.steps()[i] > thin.steps()[i - 1], "steps rise");
        }
    }

    @Test
    void aMeanOfOneValueIsThatValue() {
        assertArrayEquals(new double[] {5, 5, 5}, series(5, 5, 5).smoothed().values(), 1e-12, "rounding of a few additions");
    }

    @Test
    void onlyNoiseIsSmoothed() {
        Random random = new Random(1);
        assertTrue(series(random.doubles(100).toArray()).isWorthSmoothing());
        assertFalse(series(random.doubles(10).toArray()).isWorthSmoothing(), "too few");
        double[] warmUpAndDecay = new double[100];
        Arrays.setAll(warmUpAndDecay, i -> Math.min(i / 10.0, (100 - i) / 90.0));
        assertFalse(series(warmUpAndDecay).isWorthSmoothing());
        assertFalse(series(new double[100]).isWorthSmoothing());
    }

    @Test
    void ticksAreRoundAndWithin() {
        assertEquals("[0, 0.2, 0.4, 0.6]", Ticks.between(0, 0.7, 6).stream().map(Ticks::shown).toList().toString());
        assertEquals("[-5, 0, 5]", Ticks.between(-7, 7, 4).stream().map(Ticks::shown).toList().toString());
        assertEquals("[1e-5, 2e-5, 3e-5]", Ticks.between(0.9e-5, 3.1e-5, 3).stream().map(Ticks::shown).toList().toString());
    }

    @Test
    void numbersAreReadable() {
        assertEquals("0.7734", Ticks.shown(0.77344));
        assertEquals("12,760", Ticks.shown(12759.16));
        assertEquals("1.2e-5", Ticks.shown(1.2e-5));
        assertEquals("-8.561e-6", Ticks.shown(-8.56090809975285e-6));
        assertEquals("0", Ticks.shown(0.0));
        assertEquals("140", Ticks.shown(140.0));
        assertEquals("6,325", Ticks.shown(6325.0));
        assertEquals("2e6", Ticks.shown(2e6));
        assertEquals("1,234,567", Ticks.count(1_234_567), "all digits of a count");
        assertEquals("3e8", Ticks.shown(new BigDecimal("300000000")));
    }

    /** The largest number of an axis decides how all are written. */
    @Test
    void anAxisIsWrittenInOneWay() {
        assertEquals("[0, 0.0005, 0.001]", axis(0, 0.0012, 3));
        assertEquals("[0, 1e-4, 2e-4, 3e-4]", axis(0, 3.2e-4, 4));
        assertEquals("[0, 5e5, 1e6, 1.5e6, 2e6]", axis(0, 2.1e6, 5));
        assertEquals("[0, 5,000, 10,000]", axis(0, 12_000, 3));
    }

    private static String axis(double low, double high, int about) {
        List<BigDecimal> ticks = Ticks.between(low, high, about);
        double largest = Ticks.largest(ticks);
        return ticks.stream().map(tick -> Ticks.shown(tick, largest)).toList().toString();
    }

    private static Series series(double... values) {
        TreeMap<Integer, Double> points = new TreeMap<>();
        for (int i = 0; i < values.length; i++) {
            points.put(i, values[i]);
        }
        return Series.of("loss", points);
    }
}
