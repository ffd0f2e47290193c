package thinkj.generate;

import org.bytedeco.javacpp.Pointer;
import thinkj.device.Machine;

/** How much memory the KV cache may take. */
final class CacheMemory {
    private CacheMemory() {}

    /**
     * Half of what is left of the off-heap limit; the other half is for activations, logits and kernels' copies of weights. ND4J does not
     * report what its arrays take, so what the process holds beyond its heap counts as taken.
     */
    static long budget() {
        long taken = Math.max(0, Pointer.physicalBytes() - Runtime.getRuntime().totalMemory());
        return Math.max(0, Machine.offHeapLimit() - taken) / 2;
    }
}
