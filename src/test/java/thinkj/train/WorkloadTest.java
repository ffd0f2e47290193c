package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkloadTest {
    private static final int[] LENGTHS = {10, 20, 30, 40, 50};
    private static final int[] LABELLED = {9, 8, 7, 6, 5};

    @Test
    void countsWhatTheRunWillCut() {
        StepWindows windows = new StepWindows(5, 3, false, false, 0);
        Workload work = Workload.of(windows, 3, LENGTHS, LABELLED, new Workload.Cut(2, Optional.empty()));
        // 10+20 and 30, 40+50, and again 10+20 and 30
        assertEquals(8, work.examples());
        assertEquals(60 + 90 + 60, work.tokens());
        assertEquals(5, work.microBatches());
        assertEquals(2, work.mostInStep());
        assertEquals(90, work.mostTokens());
        assertEquals(17, work.mostLabelled());
        assertArrayEquals(new int[] {3, 4}, work.largest());
        assertArrayEquals(new int[] {0, 1}, work.beginning(1));
        assertArrayEquals(new int[] {0, 1, 2}, work.beginning(8));
    }

    /** A run that ends within an epoch, in orders of its own. */
    @Test
    void agreesWithTheStepsThemselves() {
        StepWindows windows = new StepWindows(5, 2, false, true, 7);
        Workload work = Workload.of(windows, 7, LENGTHS, LABELLED, new Workload.Cut(2, Optional.of(60)));
        long tokens = IntStream.rangeClosed(1, 7).mapToObj(windows::at).mapToLong(window -> Workload.sum(LENGTHS, window)).sum();
        long microBatches = IntStream.rangeClosed(1, 7)
                .mapToLong(step -> MicroBatches.cut(windows.at(step), LENGTHS, 2, Optional.of(60)).size())
                .sum();
        assertEquals(tokens, work.tokens());
        assertEquals(microBatches, work.microBatches());
        assertEquals(Arrays.toString(windows.at(1)), Arrays.toString(work.beginning(2)));
    }

    @Test
    void tellsHowFullMicroBatchesAre() {
        Workload work = Workload.of(new StepWindows(5, 5, false, false, 0), 1, LENGTHS, LABELLED, new Workload.Cut(5, Optional.of(60)));
        // 50+10, 40+20 and 30
        String table = work.table("sequences", 5, new Workload.Cut(5, Optional.of(60)));
        assertTrue(table.contains("3 micro-batches in all, filled to 83 % of their 60 tokens"), table);
    }
}
