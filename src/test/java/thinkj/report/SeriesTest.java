package thinkj.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
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
        assertEquals("3e8", Ticks.shown(new BigDecimal("300000000")));
    }

    private static Series series(double... values) {
        TreeMap<Integer, Double> points = new TreeMap<>();
        for (int i = 0; i < values.length; i++) {
            points.put(i, values[i]);
        }
        return Series.of("loss", points);
    }
}
