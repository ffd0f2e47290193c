package thinkj.bench;

import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import thinkj.device.Machine;

/** What the machine's memory gives to loops that read and write it: the C library's copy of large blocks, on all cores at once. */
final class CopyBandwidth {
    /** Of each core; far beyond its caches. */
    private static final long BLOCK = 96L << 20;

    private static final int RUNS = 5;

    private long fastest = Long.MAX_VALUE;

    /** Bytes read and written in a second, in the fastest run so far. */
    double bytesPerSecond() {
        return 2e9 * Machine.cores() * BLOCK / fastest;
    }

    /** Takes some more runs. */
    void measure() {
        int cores = Machine.cores();
        try (BytePointer from = new BytePointer(cores * BLOCK);
                BytePointer to = new BytePointer(cores * BLOCK)) {
            Pointer.memset(from, 1, cores * BLOCK);
            Pointer.memset(to, 1, cores * BLOCK);
            for (int run = 0; run < RUNS; run++) {
                long started = System.nanoTime();
                IntStream.range(0, cores).parallel().forEach(core -> copy(from, to, core * BLOCK));
                fastest = Math.min(fastest, System.nanoTime() - started);
            }
        }
    }

    private static void copy(BytePointer from, BytePointer to, long at) {
        Pointer.memcpy(to.getPointer(at), from.getPointer(at), BLOCK);
    }
}
