package thinkj.bench;

import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import thinkj.device.Machine;

/**
 * What the machine's memory gives to loops that only read: the C library's comparison of large equal blocks, on all cores at once. Of what
 * the library has it reads the fastest; sums in Java reach two thirds of it.
 */
final class ReadBandwidth {
    /** Of each core, twice; far beyond the caches. */
    private static final long BLOCK = 128L << 20;

    private static final int RUNS = 8;

    private long fastest = Long.MAX_VALUE;

    /** Bytes read in a second, in the fastest run so far. */
    double bytesPerSecond() {
        return 2e9 * Machine.cores() * BLOCK / fastest;
    }

    /** Takes some more runs. */
    void measure() {
        int cores = Machine.cores();
        try (BytePointer some = new BytePointer(cores * BLOCK);
                BytePointer same = new BytePointer(cores * BLOCK)) {
            Pointer.memset(some, 1, cores * BLOCK);
            Pointer.memset(same, 1, cores * BLOCK);
            for (int run = 0; run < RUNS; run++) {
                long started = System.nanoTime();
                boolean equal = IntStream.range(0, cores).parallel().allMatch(core -> equal(some, same, core * BLOCK));
                long took = System.nanoTime() - started;
                if (!equal) {
                    throw new IllegalStateException("equal memory compares unequal");
                }
                fastest = Math.min(fastest, took);
            }
        }
    }

    private static boolean equal(BytePointer some, BytePointer same, long at) {
        return Pointer.memcmp(some.getPointer(at), same.getPointer(at), BLOCK) == 0;
    }
}
