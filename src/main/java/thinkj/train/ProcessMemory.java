package thinkj.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import thinkj.device.Usage;
import thinkj.io.Sizes;

/**
 * The memory of this process at a moment.
 *
 * @param resident bytes that it has
 * @param offHeap of them, those outside the Java heap
 * @param peak most that it has ever had; empty where the system does not tell
 */
record ProcessMemory(long resident, long offHeap, OptionalLong peak) {
    private static final double GIB = 1L << 30;

    static ProcessMemory now() {
        return new ProcessMemory(Usage.resident(), Usage.offHeap(), Usage.peakResident());
    }

    /** For a line of {@code timings.jsonl}, in GiB. */
    Map<String, Double> timings() {
        Map<String, Double> line = new LinkedHashMap<>();
        line.put("memory/resident_gib", resident / GIB);
        line.put("memory/off_heap_gib", offHeap / GIB);
        peak.ifPresent(bytes -> line.put("memory/peak_resident_gib", bytes / GIB));
        return line;
    }

    /** Words for a line of progress: how fast tokens go by, and the memory. */
    String beside(double tokensPerSecond) {
        return String.format(Locale.ROOT, "%,.0f tokens/s, %s of memory", tokensPerSecond, Sizes.shown(resident));
    }
}
