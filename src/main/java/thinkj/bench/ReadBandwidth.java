package thinkj.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import thinkj.device.Machine;

/**
 * What the machine's memory gives to loops that only read: the C library's comparison of large equal blocks, on all cores at once. Of what
 * the library has it reads the fastest; sums in Java reach two thirds of it. Measured again and again, right beside what it bounds: from
 * one second to the next it may change by half where a host's other machines read too.
 */
final class ReadBandwidth implements AutoCloseable {
    /** Of each core, twice; beyond the caches of servers, too, which hold hundreds of megabytes. */
    private static final long BLOCK = 128L << 20;

    private static final int RUNS = 2;

    private final int cores = Machine.cores();
    private final BytePointer some = new BytePointer(cores * BLOCK);
    private final BytePointer same = new BytePointer(cores * BLOCK);
    private final List<Double> rates = new ArrayList<>();

    ReadBandwidth() {
        Pointer.memset(some, 1, cores * BLOCK);
        Pointer.memset(same, 1, cores * BLOCK);
    }

    /** Bytes read in a second: the median of all measurements. */
    double median() {
        return Timings.median(rates);
    }

    /** Bytes read in a second, in the fastest run of all. */
    double best() {
        return rates.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }

    /** Takes the fastest of some runs, in milliseconds; returns its bytes a second. */
    double measure() {
        long fastest = Long.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
            long started = System.nanoTime();
            boolean equal = IntStream.range(0, cores).parallel().allMatch(core -> equal(core * BLOCK));
            long took = System.nanoTime() - started;
            if (!equal) {
                throw new IllegalStateException("equal memory compares unequal");
            }
            fastest = Math.min(fastest, took);
        }
        double rate = 2e9 * cores * BLOCK / fastest;
        rates.add(rate);
        return rate;
    }

    private boolean equal(long at) {
        return Pointer.memcmp(some.getPointer(at), same.getPointer(at), BLOCK) == 0;
    }

    @Override
    public void close() {
        some.close();
        same.close();
    }
}
