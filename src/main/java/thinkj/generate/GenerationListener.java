package thinkj.generate;

/** Told how a generation goes on, one call at a time, where decoders run side by side on their threads. */
public interface GenerationListener {

    /** The request at this place of the list is taken up; until now it has waited. */
    default void started(int requestPosition) {}

    /** A token was chosen for the request at this place of the list. */
    default void token(int requestPosition, int id) {}

    /** A step is done. */
    default void stepped(GenerationStats stats) {}

    /** A request is done; others may still be under way. */
    default void completed(Completed completed) {}
}
