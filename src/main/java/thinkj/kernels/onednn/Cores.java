package thinkj.kernels.onednn;

import java.util.stream.IntStream;
import thinkj.kernels.NativeThreads;

/** Shares loops over rows out to the cores that the calling thread's operations may use. */
final class Cores {
    /** Bytes below which one core is done before another has woken up. */
    private static final long WORTHWHILE = 1 << 18;

    private Cores() {}

    /** Something for the rows from one number up to another. */
    interface Rows {
        void run(long from, long to);
    }

    /** @param bytes that one row's work reads and writes */
    static void split(long rows, long bytes, Rows work) {
        int parts = (int) Math.min(rows, worthwhile(rows * bytes));
        if (parts <= 1) {
            work.run(0, rows);
        } else {
            IntStream.range(0, parts).parallel().forEach(part -> work.run(rows * part / parts, rows * (part + 1) / parts));
        }
    }

    /** How many cores should share work that reads and writes so many bytes. */
    static int worthwhile(long bytes) {
        return (int) Math.min(NativeThreads.current(), 1 + bytes / WORTHWHILE);
    }
}
