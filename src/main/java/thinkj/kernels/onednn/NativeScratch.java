package thinkj.kernels.onednn;

import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Memory that kernels use while they compute, kept between calls: a block a name, which only grows. */
final class NativeScratch implements AutoCloseable {
    /** A cache line, which is also the widest vector. */
    private static final long ALIGNMENT = 64;

    private final Map<String, Block> blocks = new HashMap<>();
    private boolean closed;
    private long moves;

    private record Block(DataBuffer buffer, long address, long bytes) {}

    /** Address of uninitialised memory, aligned to cache lines; valid until the name is asked for again. */
    long take(String name, long bytes) {
        if (closed) {
            throw new IllegalStateException("these kernels are closed");
        }
        Block block = blocks.get(name);
        if (block == null || block.bytes < bytes) {
            if (block != null) {
                block.buffer.close();
            }
            DataBuffer buffer = Nd4j.createBuffer(DataType.INT8, bytes + ALIGNMENT, false);
            long address = (buffer.address() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            block = new Block(buffer, address, bytes);
            blocks.put(name, block);
            moves++;
        }
        return block.address;
    }

    /** How often memory was taken from where there was none, or moved: as long as this stays the same, so do all addresses. */
    long moves() {
        return moves;
    }

    @Override
    public void close() {
        blocks.values().forEach(block -> block.buffer.close());
        blocks.clear();
        closed = true;
        moves++;
    }
}
