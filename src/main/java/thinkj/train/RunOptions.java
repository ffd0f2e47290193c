package thinkj.train;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run is asked beside its config, which says all that decides its result.
 *
 * @param resume whether the folder must hold the beginning of the run; without, a run begins or goes on, as the folder has it
 * @param listeners hear how it goes on
 */
public record RunOptions(boolean resume, List<RunListener> listeners) {

    /** A run that nobody listens to. */
    public static final RunOptions STANDARD = new RunOptions(false, List.of());

    public RunOptions {
        listeners = List.copyOf(listeners);
    }

    /** The same for a run that must have begun. */
    public RunOptions resuming() {
        return new RunOptions(true, listeners);
    }

    /** The same with one more who listens. */
    public RunOptions heardBy(RunListener listener) {
        List<RunListener> all = new ArrayList<>(listeners);
        all.add(listener);
        return new RunOptions(resume, all);
    }
}
