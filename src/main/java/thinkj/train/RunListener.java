package thinkj.train;

import java.nio.file.Path;

/**
 * Hears how a run goes on, on the thread that trains, which waits for it. What it throws is logged and stops nothing.
 *
 * <p>Whatever it wants to know stands in the run's folder by the time it is called; see {@link RunDirectory} for what is where.
 */
public interface RunListener {

    /** Everything is read and tried; training begins. */
    default void began(Path run) {}

    /**
     * A step's lines are in the logs; steps that leave no line are not told.
     *
     * @param run the run's folder
     * @param step counts from 1; 0 before training
     */
    default void stepped(Path run, int step) {}

    /** A checkpoint, or the trained model, is on the disk. */
    default void saved(Path run, Path model) {}

    /** The run ends here: with the trained model, stopped or failed. */
    default void ended(Path run) {}
}
