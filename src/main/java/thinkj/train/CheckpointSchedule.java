package thinkj.train;

import java.util.function.LongSupplier;
import thinkj.config.CheckpointSettings;

/**
 * When a checkpoint is due. Time is that of a clock that only goes forward; should it jump all the same, a checkpoint comes too early or a
 * moment late, and nothing else changes.
 */
final class CheckpointSchedule {
    private static final double NANOS_PER_MINUTE = 60e9;

    private final CheckpointSettings settings;
    private final int stepsPerEpoch;
    private final LongSupplier nanoTime;
    private long since;

    CheckpointSchedule(CheckpointSettings settings, int stepsPerEpoch, LongSupplier nanoTime) {
        this.settings = settings;
        this.stepsPerEpoch = stepsPerEpoch;
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
    }

    /** Whether the settings name this step, which every run of them does alike. */
    boolean byCount(int step) {
        return settings.due(step, stepsPerEpoch);
    }

    /** Whether it has been long enough since the last one. */
    boolean byTime() {
        long gone = nanoTime.getAsLong() - since;
        if (gone < 0) {
            since = nanoTime.getAsLong();
        }
        return settings.everyMinutes() > 0 && gone >= settings.everyMinutes() * NANOS_PER_MINUTE;
    }

    /** A checkpoint was saved. */
    void saved() {
        since = nanoTime.getAsLong();
    }
}
