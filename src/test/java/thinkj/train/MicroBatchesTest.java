package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
        List<int[]> expected = List.of(new int[] {0}, new int[] {1, 2}, new int[] {3}, new int[] {4, 5}, new int[] {6});
        equal(expected, MicroBatches.cut(ALL, LENGTHS, 2, Optional.of(7)));
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
