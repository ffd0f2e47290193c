package thinkj.generate;

import org.bytedeco.javacpp.Pointer;

/** How much memory the KV cache may take. */
final class CacheMemory {
    private CacheMemory() {}

    /** Half of what is left of the off-heap limit: the other half is for activations, logits and kernels' copies of weights. */
    static long budget() {
        long limit = Pointer.maxBytes() > 0 ? Pointer.maxBytes() : Runtime.getRuntime().maxMemory();
        return Math.max(0, limit - Pointer.totalBytes()) / 2;
    }
}
