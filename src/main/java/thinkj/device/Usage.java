package thinkj.device;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.bytedeco.javacpp.Pointer;

/** What this process takes of the machine, and what others take. */
public final class Usage {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final Path REFERENCES = Path.of("/proc/self/clear_refs");
    private static final Path CPU = Path.of("/proc/stat");
    private static final int STEAL = 7;

    /** Clock ticks of all cores since the machine started: all, and those that the host gave to others; zeros where it is not told. */
    public record CpuTicks(long all, long stolen) {

        /** The stolen share of what has gone by since an earlier reading; empty where nothing has, or it is not told. */
        public OptionalDouble stolenSince(CpuTicks earlier) {
            long passed = all - earlier.all;
            return passed > 0 ? OptionalDouble.of((double) (stolen - earlier.stolen) / passed) : OptionalDouble.empty();
        }
    }

    private Usage() {}

    /**
     * Most bytes of physical memory that the process has ever had, or since {@link #forgetPeakResident}; empty where the system does not
     * tell.
     */
    public static OptionalLong peakResident() {
        return status("VmHWM:");
    }

    /**
     * Lets {@link #peakResident} begin anew; see proc(5), {@code clear_refs}.
     *
     * @return false where the system has no such thing, so that the peak goes on from before
     */
    public static boolean forgetPeakResident() {
        try {
            Files.writeString(REFERENCES, "5", StandardOpenOption.WRITE);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Bytes of physical memory that the process has now. */
    public static long resident() {
        return status("VmRSS:").orElseGet(Pointer::physicalBytes);
    }

    /** Bytes of physical memory that nobody needs now; empty where the system does not tell. */
    public static OptionalLong available() {
        return field(MEMORY, "MemAvailable:");
    }

    /** Bytes of physical memory that the process has now outside the Java heap, files that it has mapped not counted where that is told. */
    public static long offHeap() {
        long resident = status("RssAnon:").orElseGet(Pointer::physicalBytes);
        return Math.max(0, resident - ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted());
    }

    /** Processes that ran or waited in the last minute, on average; empty where the system does not tell. */
    public static OptionalDouble loadAverage() {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        return load < 0 ? OptionalDouble.empty() : OptionalDouble.of(load);
    }

    public static CpuTicks cpuTicks() {
        return lines(CPU).stream().filter(line -> line.startsWith("cpu ")).findFirst().map(Usage::ticks).orElse(new CpuTicks(0, 0));
    }

    /** The first line of {@code /proc/stat}: user, nice, system, idle, iowait, irq, softirq, steal; guests' time is part of the user's. */
    static CpuTicks ticks(String line) {
        long[] ticks = Arrays.stream(line.trim().split("\\s+")).skip(1).limit(STEAL + 1).mapToLong(Long::parseLong).toArray();
        return new CpuTicks(Arrays.stream(ticks).sum(), ticks.length > STEAL ? ticks[STEAL] : 0);
    }

    private static OptionalLong status(String field) {
        return field(STATUS, field);
    }

    private static OptionalLong field(Path file, String name) {
        return lines(file).stream().filter(line -> line.startsWith(name)).mapToLong(Usage::kilobytes).findFirst();
    }

    /** Of a line such as {@code VmHWM:     1596 kB}, in bytes. */
    static long kilobytes(String line) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
    }

    private static List<String> lines(Path file) {
        try {
            return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
