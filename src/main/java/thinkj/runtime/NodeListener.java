package thinkj.runtime;

/** Told how long each node of a run took, in the order in which they ran. */
@FunctionalInterface
public interface NodeListener {

    /** @param kind the operation's name */
    void ran(String kind, long nanos);
}
