package thinkj.cli;

import java.util.Locale;

/** Counts tokens and says how fast they came since it was made. */
final class TokenRate {
    private final long started = System.nanoTime();
    private long total;

    void add(long tokens) {
        total += tokens;
    }

    long total() {
        return total;
    }

    @Override
    public String toString() {
        double seconds = (System.nanoTime() - started) / 1e9;
        return String.format(Locale.ROOT, "%.1f tokens/s", total / seconds);
    }
}
