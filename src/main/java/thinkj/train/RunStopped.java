package thinkj.train;

import thinkj.io.StopSignals;

/** A run that was told to end and did so in order; the message says how to go on with it. */
public final class RunStopped extends RuntimeException {
    private final int exitCode;

    RunStopped(StopSignals.Asked signal, String message) {
        super(message);
        this.exitCode = signal.exitCode();
    }

    /** What the process is to leave with: 128 and the signal's number. */
    public int exitCode() {
        return exitCode;
    }
}
