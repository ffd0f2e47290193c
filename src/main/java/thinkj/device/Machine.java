package thinkj.device;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.bytedeco.javacpp.Pointer;

/** Cores and memory, as this process may use them. */
public final class Machine {
    private Machine() {}

    public static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Bytes of physical memory; a container's limit counts. */
    public static long physicalMemory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /** Bytes that Java objects may take. */
    public static long heapLimit() {
        return Runtime.getRuntime().maxMemory();
    }

    /** Bytes that arrays outside the heap may take: weights, activations, gradients, optimiser state. */
    public static long offHeapLimit() {
        return Pointer.maxBytes();
    }
}
