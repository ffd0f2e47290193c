package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FloatBlocksTest {

    @Test
    void everyValueIsReachedOnceAcrossBlocksAndBuffers() {
        INDArray small = Nd4j.zeros(DataType.FLOAT, 3);
        INDArray large = Nd4j.zeros(DataType.FLOAT, 7, 10_000);
        // buffers of 40,000 values: the large array needs two, the first of them three blocks, none of them a full multiple
        FloatBlocks blocks = new FloatBlocks(List.of(small, large), 40_000);
        blocks.forEach(block -> {
            float[] values = new float[FloatBlocks.BLOCK];
            int length = blocks.length(block);
            blocks.read(block, 0, values, length);
            for (int i = 0; i < length; i++) {
                values[i] += blocks.arrayOf(block) + 1;
            }
            int half = length / 2;
            blocks.write(block, 0, values, half);
            blocks.read(block, half, values, length - half);
            for (int i = 0; i < length - half; i++) {
                values[i] += blocks.arrayOf(block) + 1;
            }
            blocks.write(block, half, values, length - half);
        });
        assertEquals(1 + 3 + 2, blocks.count());
        assertArrayEquals(new float[] {1, 1, 1}, small.toFloatVector());
        assertEquals(2, large.minNumber().doubleValue());
        assertEquals(2, large.maxNumber().doubleValue());
    }

    @Test
    void viewsAreRefused() {
        INDArray view = Nd4j.zeros(DataType.FLOAT, 4, 4).getColumn(1);
        assertThrows(IllegalArgumentException.class, () -> new FloatBlocks(List.of(view)));
    }
}
