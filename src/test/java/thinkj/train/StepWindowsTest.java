package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StepWindowsTest {

    @Test
    void anEpochTakesEveryExampleOnce() {
        StepWindows windows = new StepWindows(10, 4, false, true, 7);
        assertEquals(3, windows.stepsPerEpoch());
        for (int epoch = 0; epoch < 3; epoch++) {
            int first = 1 + 3 * epoch;
            int[] all = IntStream.range(first, first + 3).flatMap(step -> Arrays.stream(windows.at(step))).sorted().toArray();
            assertArrayEquals(EpochOrder.straight(10), all);
        }
        assertFalse(Arrays.equals(windows.at(1), windows.at(4)), "each epoch has its own order");
    }

    @Test
    void wholeWindowsLeaveTheRestOut() {
        StepWindows windows = new StepWindows(10, 4, true, false, 7);
        assertEquals(2, windows.stepsPerEpoch());
        assertArrayEquals(new int[] {4, 5, 6, 7}, windows.at(2));
        assertArrayEquals(new int[] {0, 1, 2, 3}, windows.at(3));
    }

    @Test
    void othersFollowTheWindowInAnOrderOfTheStepsOwn() {
        StepWindows windows = new StepWindows(10, 4, true, true, 7);
        int[] all = windows.withOthers(2, 100);
        assertArrayEquals(windows.at(2), Arrays.copyOf(all, 4));
        assertArrayEquals(EpochOrder.straight(10), Arrays.stream(all).sorted().toArray());
        assertArrayEquals(Arrays.copyOf(all, 7), windows.withOthers(2, 7));
        StepWindows same = new StepWindows(10, 4, true, false, 7);
        assertArrayEquals(same.at(1), same.at(3));
        assertFalse(Arrays.equals(same.withOthers(1, 10), same.withOthers(3, 10)), "another step of the same window asks others");
    }

    @Test
    void groupedByLengthAnEpochIsStillEveryExampleOnceInAsManySteps() {
        int[] lengths = new Random(5).ints(1003, 10, 2000).toArray();
        StepWindows chance = new StepWindows(1003, 8, false, true, 7);
        StepWindows grouped = new StepWindows(1003, 8, false, true, 7, Optional.of(lengths));
        assertEquals(chance.stepsPerEpoch(), grouped.stepsPerEpoch());
        for (int epoch = 0; epoch < 2; epoch++) {
            int[] all = grouped.epoch(epoch).stream().flatMapToInt(Arrays::stream).sorted().toArray();
            assertArrayEquals(EpochOrder.straight(1003), all);
        }
        assertFalse(Arrays.equals(grouped.at(1), grouped.at(1 + grouped.stepsPerEpoch())), "each epoch has its own order");
        assertArrayEquals(grouped.at(5), new StepWindows(1003, 8, false, true, 7, Optional.of(lengths)).at(5));
        // Padded to its longest example, a step would hold hardly more than its tokens.
        assertTrue(padding(grouped, lengths) < 0.05 && padding(chance, lengths) > 0.4, padding(grouped, lengths) + ", " + padding(chance, lengths));
    }

    /** Share of an epoch that would be padding if every step were padded to its longest example. */
    private static double padding(StepWindows windows, int[] lengths) {
        long padded = 0;
        for (int[] window : windows.epoch(0)) {
            padded += (long) window.length * Arrays.stream(window).map(i -> lengths[i]).max().orElseThrow();
        }
        return 1 - (double) Arrays.stream(lengths).sum() / padded;
    }
}
