package thinkj.train;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run is asked beside its config, which says all that decides its result.
 *
 * @param listeners hear how it goes on
 */
public record RunOptions(List<RunListener> listeners) {

    /** A run that nobody listens to. */
    public static final RunOptions STANDARD = new RunOptions(List.of());

    public RunOptions {
        listeners = List.copyOf(listeners);
    }

    /** The same with one more who listens. */
    public RunOptions heardBy(RunListener listener) {
        List<RunListener> all = new ArrayList<>(listeners);
        all.add(listener);
        return new RunOptions(all);
    }
}
