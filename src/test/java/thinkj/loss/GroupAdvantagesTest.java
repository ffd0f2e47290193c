package thinkj.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class GroupAdvantagesTest {

    @Test
    void standardisedWithinThePrompt() {
        GroupAdvantages advantages = GroupAdvantages.of(new double[] {1, 5, 0, 5}, new int[] {7, 3, 7, 3}, true);
        double one = 0.5 / (Math.sqrt(0.5) + 1e-6);
        // the last digit may differ by the order of operations
        assertArrayEquals(new double[] {one, 0, -one, 0}, advantages.values(), 1e-15);
        assertEquals(2, advantages.groups());
        assertEquals(1, advantages.zeroVariance());
    }

    @Test
    void withoutTheDeviationADifferenceStaysADifference() {
        GroupAdvantages advantages = GroupAdvantages.of(new double[] {1, 0.25, 0, 0.5, 7}, new int[] {0, 1, 0, 1, 2}, false);
        assertArrayEquals(new double[] {0.5, -0.125, -0.5, 0.125, 7}, advantages.values());
        assertArrayEquals(new double[7], GroupAdvantages.of(new double[] {0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7}, new int[7], false).values());
    }

    @Test
    void equalScoresAreExactlyZeroInBinaryToo() {
        GroupAdvantages advantages = GroupAdvantages.of(new double[] {0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7}, new int[7], true);
        assertArrayEquals(new double[7], advantages.values());
        assertEquals(1, advantages.zeroVariance());
    }

    @Test
    void aloneASampleKeepsItsScore() {
        GroupAdvantages advantages = GroupAdvantages.of(new double[] {0.75}, new int[] {1}, true);
        assertEquals(0.75 / (1 + 1e-6), advantages.values()[0]);
        assertEquals(0, advantages.zeroVariance());
    }
}
