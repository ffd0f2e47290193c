package thinkj.train;

/** A run that cannot go on; the message says at which step and why. */
public final class RunFailed extends RuntimeException {

    public RunFailed(String message) {
        super(message);
    }

    /**
     * Stops at the first loss that is NaN or infinite.
     *
     * @param step number of the optimiser step being computed, from 1
     * @param batch which examples it comes from, in words
     */
    public static void requireFinite(double loss, int step, String batch) {
        if (!Double.isFinite(loss)) {
            throw new RunFailed("step " + step + ": the loss is " + loss + " (" + batch + "); nothing was changed in this step");
        }
    }
}
