package thinkj.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SelectionTest {

    @Test
    void kthLargestIsThatOfASort() {
        Random random = new Random(7);
        for (int trial = 0; trial < 300; trial++) {
            float[] values = values(random, 1 + random.nextInt(60), trial % 3 == 0);
            int k = 1 + random.nextInt(values.length);
            float[] sorted = values.clone();
            Arrays.sort(sorted);
            assertEquals(sorted[values.length - k], Selection.kthLargest(values.clone(), values.length, k));
        }
    }

    @Test
    void heaviestIsThatOfASort() {
        Random random = new Random(8);
        for (int trial = 0; trial < 300; trial++) {
            float[] values = values(random, 1 + random.nextInt(trial % 10 == 0 ? 20_000 : 60), trial % 3 == 0);
            double mass = random.nextDouble() * 1.1 * sum(values);
            assertEquals(bySorting(values, mass), Selection.heaviest(values.clone(), values.length, mass));
        }
    }

    @Test
    void theLargestStaysWhateverTheMass() {
        assertEquals(new Selection.Border(3, 1), Selection.heaviest(new float[] {1, 3, 2, 3}, 4, 0));
        assertEquals(new Selection.Border(3, 1), Selection.heaviest(new float[] {1, 3, 2, 3}, 4, -1));
    }

    @Test
    void onlyTheFirstValuesCount() {
        assertEquals(2, Selection.kthLargest(new float[] {1, 2, 9}, 2, 1));
    }

    /** Halves and whole numbers: their sums are exact in any order. */
    private static float[] values(Random random, int n, boolean manyTies) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (1 + random.nextInt(manyTies ? 4 : 1000)) / 2f;
        }
        return values;
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    private static Selection.Border bySorting(float[] values, double mass) {
        float[] sorted = values.clone();
        Arrays.sort(sorted);
        double before = 0;
        int kept = 0;
        while (kept < sorted.length && (kept == 0 || before < mass)) {
            before += sorted[sorted.length - ++kept];
        }
        float border = sorted[sorted.length - kept];
        int ties = 0;
        for (int i = sorted.length - kept; i < sorted.length; i++) {
            ties += sorted[i] == border ? 1 : 0;
        }
        return new Selection.Border(border, ties);
    }
}
