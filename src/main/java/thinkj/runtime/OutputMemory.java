package thinkj.runtime;

import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Scratch;

/**
 * What a plan's outputs lie in: a block for each, which only grows. They are good until the plan's next run, so that outputs of all shapes
 * take turns in one block, as large as the largest of them.
 */
final class OutputMemory {
    private final Map<String, DataBuffer> blocks = new HashMap<>();
    private int generation;

    /** Changes whenever arrays made earlier are no longer valid. */
    int generation() {
        return generation;
    }

    /** An array in C order. */
    INDArray array(Value output, long[] shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        DataBuffer block = blocks.get(output.name());
        if (block == null || block.length() < length) {
            if (block != null) {
                block.close();
                generation++;
            }
            block = Nd4j.createBuffer(output.type(), length, false);
            blocks.put(output.name(), block);
        }
        DataBuffer part = block.length() == length ? block : Nd4j.createBuffer(block, 0, length);
        return Nd4j.create(part, shape, Scratch.strides(shape), 0, 'c', output.type());
    }

    void close() {
        blocks.values().forEach(DataBuffer::close);
        blocks.clear();
        generation++;
    }
}
