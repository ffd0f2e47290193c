package thinkj.train;

/** A run that cannot go on; the message says at which step and why. */
public final class RunFailed extends RuntimeException {

    public RunFailed(String message) {
        super(message);
    }

    RunFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
