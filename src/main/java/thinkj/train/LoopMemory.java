package thinkj.train;

import java.nio.file.Path;
import java.util.Map;

/** What a loop keeps from step to step beside weights and optimizer, and what it does when a checkpoint is there. */
interface LoopMemory {

    /** Nothing of either. */
    LoopMemory NONE = new LoopMemory() {};

    /** A few numbers. */
    default Map<String, ? extends Number> state() {
        return Map.of();
    }

    /** Writes what is more than a few numbers into a checkpoint of this step. */
    default void write(int step, Path trainer) {}

    /**
     * Takes back what a checkpoint of this step holds.
     *
     * @param state the numbers
     * @param trainer where the rest is
     */
    default void restore(int step, Map<String, ? extends Number> state, Path trainer) {}

    /** A checkpoint of this step is on the disk. */
    default void saved(int step) {}
}
