package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
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
}
