package thinkj.kernels.onednn;

/** Numbers of tokens, made less various: primitives are prepared for a number each, which takes milliseconds and memory. */
final class Lengths {
    private static final long GRAIN = 16;

    private Lengths() {}

    /** The next of sixteen numbers to an octave, and a multiple of 16: at most a sixteenth more beyond 256. */
    static long rounded(long tokens) {
        long grain = Math.max(GRAIN, Long.highestOneBit(tokens) / GRAIN);
        return (tokens + grain - 1) / grain * grain;
    }
}
