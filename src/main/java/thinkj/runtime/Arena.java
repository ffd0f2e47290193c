package thinkj.runtime;

import java.util.EnumMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Scratch;

/**
 * The memory that plans compute in: one block for each type, which only grows. Nothing outlives a run, so that all plans that a thread
 * runs share one arena, as large as the largest of them needs.
 */
final class Arena {
    private static final ThreadLocal<Arena> OF_THREAD = ThreadLocal.withInitial(Arena::new);

    private final Map<DataType, DataBuffer> blocks = new EnumMap<>(DataType.class);
    private int generation;

    /** The calling thread's arena. */
    static Arena ofThread() {
        return OF_THREAD.get();
    }

    /** Changes whenever arrays made earlier are no longer valid. */
    int generation() {
        return generation;
    }

    /** Makes room for so many bytes of each type. */
    void reserve(Map<DataType, Long> bytes) {
        bytes.forEach((type, needed) -> {
            DataBuffer block = blocks.get(type);
            long elements = needed / type.width() + Layout.ALIGNMENT / type.width();
            if (block == null || block.length() < elements) {
                if (block != null) {
                    blocks.remove(type).close();
                    generation++;
                }
                // A little room to spare, since whatever was bound must be bound anew after every growth; no more than plans of memory forgive.
                blocks.put(type, Nd4j.createBuffer(type, block == null ? elements : Math.max(elements, block.length() / 16 * 17), false));
            }
        });
    }

    /**
     * An array in C order.
     *
     * @param offset bytes from the start of the type's block, a multiple of the alignment
     */
    INDArray array(DataType type, long[] shape, long offset) {
        DataBuffer block = blocks.get(type);
        long misaligned = block.address() % Layout.ALIGNMENT;
        long aligned = offset + (misaligned == 0 ? 0 : Layout.ALIGNMENT - misaligned);
        return Nd4j.create(block, shape, Scratch.strides(shape), aligned / type.width(), 'c', type);
    }
}
