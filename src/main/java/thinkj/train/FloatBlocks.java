package thinkj.train;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Many fp32 arrays seen as one row of blocks small enough for a core's cache, so that a loop over all parameters of a model can run
 * on plain {@code float[]}s (which the compiler vectorises) and on all cores, without allocating. A block is read by pieces: while one
 * is computed, the CPU fetches what follows only as far as it has seen a row of reads going. Two lists of arrays of the same
 * shapes have the same blocks, so that one index walks them in step.
 */
final class FloatBlocks {
    /** 64 KiB: what was just written of a block is in a core's cache yet, and what is done once a block costs little. */
    static final int BLOCK = 16384;

    /** A buffer's index is an int and counts bytes below: windows of 1 GiB. */
    private static final long WINDOW = 1L << 28;

    private final List<INDArray> arrays;
    private final List<FloatBuffer> windows = new ArrayList<>();
    private int[] window = new int[64];
    private int[] offset = new int[64];
    private int[] arrayOf = new int[64];
    private long[] start = new long[64];
    private int blocks;

    FloatBlocks(Collection<INDArray> arrays) {
        this(arrays, WINDOW);
    }

    /** @param windowLength most values behind one buffer */
    FloatBlocks(Collection<INDArray> arrays, long windowLength) {
        this.arrays = List.copyOf(arrays);
        for (int a = 0; a < this.arrays.size(); a++) {
            add(this.arrays.get(a), a, windowLength);
        }
    }

    private void add(INDArray array, int index, long windowLength) {
        if (array.dataType() != DataType.FLOAT || array.ordering() != 'c' || array.isView()) {
            throw new IllegalArgumentException("needs whole C-ordered fp32 arrays, got " + array.shapeInfoToString());
        }
        FloatPointer all = new FloatPointer(array.data().addressPointer());
        for (long from = 0; from < array.length(); from += windowLength) {
            int length = (int) Math.min(windowLength, array.length() - from);
            windows.add(new FloatPointer(all).position(from).limit(from + length).asBuffer());
            for (int o = 0; o < length; o += BLOCK) {
                addBlock(windows.size() - 1, o, index, from + o);
            }
        }
    }

    private void addBlock(int inWindow, int at, int array, long inArray) {
        if (blocks == window.length) {
            window = Arrays.copyOf(window, 2 * blocks);
            offset = Arrays.copyOf(offset, 2 * blocks);
            arrayOf = Arrays.copyOf(arrayOf, 2 * blocks);
            start = Arrays.copyOf(start, 2 * blocks);
        }
        window[blocks] = inWindow;
        offset[blocks] = at;
        start[blocks] = inArray;
        arrayOf[blocks++] = array;
    }

    int count() {
        return blocks;
    }

    /** Position, in the list of arrays, of the one a block belongs to. */
    int arrayOf(int block) {
        return arrayOf[block];
    }

    /** The array that a block belongs to. */
    INDArray array(int block) {
        return arrays.get(arrayOf[block]);
    }

    /** Where in its array a block begins. */
    long start(int block) {
        return start[block];
    }

    /** Values of a block. */
    int length(int block) {
        return Math.min(BLOCK, windows.get(window[block]).limit() - offset[block]);
    }

    /** Copies some values of a block out. */
    void read(int block, int from, float[] into, int count) {
        windows.get(window[block]).get(offset[block] + from, into, 0, count);
    }

    /** Copies some values of a block back. */
    void write(int block, int from, float[] values, int count) {
        windows.get(window[block]).put(offset[block] + from, values, 0, count);
    }

    /** Makes the host's copy the current one, where the backend keeps another. */
    void toHost() {
        arrays.forEach(array -> Nd4j.getAffinityManager().ensureLocation(array, AffinityManager.Location.HOST));
    }

    /** Says that the host's copy was changed. */
    void changedOnHost() {
        arrays.forEach(array -> Nd4j.getAffinityManager().tagLocation(array, AffinityManager.Location.HOST));
    }

    /** Runs something for every block, on all cores. */
    void forEach(IntConsumer action) {
        IntStream.range(0, blocks).parallel().forEach(action);
    }
}
