package thinkj.train;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import thinkj.generate.LogitsNotFinite;

/**
 * Something that a run cannot do without came out as NaN or infinite. Who finds it says what, who knows the rows and the graph says where
 * ({@link #in}), and the loop says at which step, with which it becomes the run's failure ({@link #inStep}).
 */
final class NotFinite extends RuntimeException {
    /** Most rows that are named one by one. */
    private static final int NAMED = 16;

    /** @param what it is, such as {@code the loss is NaN} */
    NotFinite(String what) {
        super(what);
    }

    private NotFinite(String message, Throwable cause) {
        super(message, cause);
    }

    /** @param what of what the value is, such as {@code the loss} */
    static void require(String what, double value) {
        if (!Double.isFinite(value)) {
            throw new NotFinite(what + " is " + value);
        }
    }

    /**
     * The same, with the place.
     *
     * @param rows where it came out, as {@link #rows} names them
     * @param origin where the first values that are not finite come from, as {@link #origin} words it
     */
    NotFinite in(String rows, String origin) {
        return new NotFinite(getMessage() + " (" + rows + "); " + origin, this);
    }

    /** Rows by the places they have in their files. */
    static String rows(List<String> places) {
        String named = String.join(", ", places.subList(0, Math.min(NAMED, places.size())));
        return named + (places.size() > NAMED ? " and " + (places.size() - NAMED) + " more" : "");
    }

    /** What a search has found, as a part of the message. */
    static String origin(Optional<String> found) {
        return found.map(first -> "not finite first: " + first).orElse("computed again it was finite, as after a fault of memory or processor");
    }

    /**
     * Does the work of a step.
     *
     * @param step from 1; 0 for what comes before the first
     * @throws RunFailed where something that is not finite comes out
     */
    static <T> T inStep(int step, Supplier<T> work) {
        try {
            return work.get();
        } catch (NotFinite | LogitsNotFinite e) {
            throw new RunFailed((step == 0 ? "before the first step" : "step " + step) + ": " + e.getMessage(), e);
        }
    }
}
