package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import thinkj.config.BestMode;
import thinkj.config.CheckpointSettings;
import thinkj.config.WeightFormat;

class CheckpointScheduleTest {
    private static final long MINUTE = 60_000_000_000L;

    private static CheckpointSettings settings(int steps, double minutes, int epochs, int keep, Optional<String> best) {
        return new CheckpointSettings(steps, minutes, epochs, keep, best, best.map(metric -> BestMode.MIN), WeightFormat.F32);
    }

    @Test
    void byStepsAndByEpochs() {
        CheckpointSchedule schedule = new CheckpointSchedule(settings(4, 0, 2, 0, Optional.empty()), 3, System::nanoTime);
        assertEquals(
                "4 6 8 12", String.join(" ", IntStream.rangeClosed(1, 13).filter(schedule::byCount).mapToObj(Integer::toString).toList()));
        assertFalse(schedule.byTime());
    }

    @Test
    void byMinutesSinceTheLastOne() {
        AtomicLong clock = new AtomicLong(Long.MAX_VALUE - MINUTE);
        CheckpointSchedule schedule = new CheckpointSchedule(settings(0, 2.5, 0, 0, Optional.empty()), 3, clock::get);
        assertFalse(schedule.byTime());
        clock.addAndGet(2 * MINUTE);
        assertFalse(schedule.byTime(), "a clock of nanoseconds has no meaning but in differences");
        clock.addAndGet(MINUTE / 2);
        assertTrue(schedule.byTime());
        schedule.saved();
        assertFalse(schedule.byTime());
    }

    @Test
    void aClockThatJumpsCostsACheckpointTooManyOrADelayAndNoMore() {
        AtomicLong clock = new AtomicLong();
        CheckpointSchedule schedule = new CheckpointSchedule(settings(0, 10, 0, 0, Optional.empty()), 3, clock::get);
        clock.addAndGet(1000 * MINUTE);
        assertTrue(schedule.byTime());
        schedule.saved();
        clock.addAndGet(-5000 * MINUTE);
        assertFalse(schedule.byTime());
        clock.addAndGet(10 * MINUTE);
        assertTrue(schedule.byTime(), "counted anew from where the clock went back to");
    }

    @Test
    void mostFoldersAtOnce() {
        assertEquals(0, settings(0, 0, 0, 2, Optional.empty()).mostAtOnce(100, 10));
        assertEquals(3, settings(5, 0, 0, 2, Optional.empty()).mostAtOnce(100, 10), "an old one goes after a new one is there");
        assertEquals(4, settings(5, 0, 0, 2, Optional.of("eval_loss")).mostAtOnce(100, 10));
        assertEquals(20, settings(5, 0, 0, 0, Optional.empty()).mostAtOnce(100, 10));
        assertEquals(3, settings(0, 1, 0, 2, Optional.empty()).mostAtOnce(100, 10));
        assertEquals(1, settings(0, 0, 1, 2, Optional.empty()).mostAtOnce(10, 10));
    }

    @Test
    void theBestHasAMetricAndAMode() {
        assertEquals(
                "best_mode: null, must be min or max where best names a metric, and null where best is null",
                assertThrows(IllegalArgumentException.class, () ->
                        new CheckpointSettings(1, 0, 0, 1, Optional.of("eval_loss"), Optional.empty(), WeightFormat.F32)).getMessage());
        assertTrue(BestMode.MIN.better(1, 2) && BestMode.MAX.better(2, 1));
        assertFalse(BestMode.MIN.better(1, 1) || BestMode.MAX.better(1, 1), "of equals the first stays");
    }
}
