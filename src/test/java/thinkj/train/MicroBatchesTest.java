package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MicroBatchesTest {
    private static final int[] LENGTHS = {5, 4, 3, 9, 1, 1, 1};
    private static final int[] ALL = {0, 1, 2, 3, 4, 5, 6};

    @Test
    void bySequences() {
        equal(List.of(new int[] {0, 1, 2}, new int[] {3, 4, 5}, new int[] {6}), MicroBatches.cut(ALL, LENGTHS, 3, Optional.empty()));
    }

    @Test
    void byTokensToo() {
        // 9 alone, 5 and 4 open portions, 3 fits the 4 and a 1 the 5 best.
        List<int[]> expected = List.of(new int[] {0, 4}, new int[] {1, 2}, new int[] {3}, new int[] {5, 6});
        equal(expected, MicroBatches.cut(ALL, LENGTHS, 2, Optional.of(7)));
    }

    @Test
    void aWindowsOrderIsKeptWithinPortions() {
        equal(List.of(new int[] {6, 0}, new int[] {2, 5}), MicroBatches.cut(new int[] {6, 0, 2, 5}, LENGTHS, 4, Optional.of(6)));
    }

    @Test
    void portionsHoldEveryExampleOnceWithinTheirLimits() {
        Random random = new Random(3);
        int[] lengths = random.ints(500, 20, 900).toArray();
        int[] window = EpochOrder.shuffled(500, 1, 0);
        List<int[]> portions = MicroBatches.cut(window, lengths, 6, Optional.of(1000));
        assertArrayEquals(EpochOrder.straight(500), portions.stream().flatMapToInt(Arrays::stream).sorted().toArray());
        for (int[] portion : portions) {
            assertTrue(portion.length <= 6 && Arrays.stream(portion).map(i -> lengths[i]).sum() <= 1000);
        }
        double fill = Arrays.stream(lengths).sum() / (1000.0 * portions.size());
        assertTrue(fill > 0.9, "best fit leaves little room: " + fill);
        assertEquals(Arrays.deepToString(portions.toArray()), Arrays.deepToString(MicroBatches.cut(window, lengths, 6, Optional.of(1000)).toArray()));
    }

    @Test
    void resultsStandInTheExamplesOrder() {
        List<int[]> portions = List.of(new int[] {0, 3}, new int[] {1, 2});
        assertEquals(List.of("a", "c", "d", "b"), MicroBatches.together(portions, List.of(List.of("a", "b"), List.of("c", "d"))));
    }

    @Test
    void emptyWindow() {
        equal(List.of(), MicroBatches.cut(new int[0], LENGTHS, 2, Optional.empty()));
    }

    private static void equal(List<int[]> expected, List<int[]> actual) {
        assertEquals(expected.stream().map(Arrays::toString).toList(), actual.stream().map(Arrays::toString).toList());
    }

    @Test
    void epochsAreShuffledReproduciblyAndEachInItsOwnWay() {
        int[] first = EpochOrder.shuffled(100, 42, 0);
        assertArrayEquals(first, EpochOrder.shuffled(100, 42, 0));
        assertFalse(Arrays.equals(first, EpochOrder.shuffled(100, 42, 1)));
        assertFalse(Arrays.equals(first, EpochOrder.shuffled(100, 43, 0)));
        Arrays.sort(first);
        assertArrayEquals(EpochOrder.straight(100), first);
    }
}
