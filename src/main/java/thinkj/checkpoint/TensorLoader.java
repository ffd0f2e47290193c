package thinkj.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.io.FileErrors;
import thinkj.io.UserError;

/**
 * Copies tensors out of memory-mapped files into off-heap fp32 arrays, a window at a time: beside the arrays themselves only one window
 * is ever in memory.
 */
final class TensorLoader {
    /** Bytes of a file that are mapped at once; a multiple of every dtype's size. */
    private static final int WINDOW = 32 << 20;

    /** Numbers that go through a heap array at once; small enough for the processor's cache. */
    private static final int CHUNK = 1 << 14;

    private final int[] words = new int[CHUNK];
    private final short[] halves = new short[CHUNK];
    private final List<String> nonFinite = new ArrayList<>();

    /** Arrays of the tensors' own shapes, C order; the caller closes them. Weights that are NaN or infinite are refused. */
    static LinkedHashMap<String, INDArray> load(Path folder, Map<String, TensorEntry> table) {
        LinkedHashMap<String, INDArray> arrays = new LinkedHashMap<>();
        boolean done = false;
        try {
            for (TensorEntry entry : table.values()) {
                arrays.put(entry.name(), Nd4j.createUninitialized(DataType.FLOAT, entry.shape(), 'c'));
            }
            fill(folder, table, arrays);
            done = true;
            return arrays;
        } finally {
            if (!done) {
                arrays.values().forEach(INDArray::close);
            }
        }
    }

    /** Fills arrays of the tensors' own shapes, C order. What is NaN or infinite is refused. */
    static void fill(Path place, Map<String, TensorEntry> table, Map<String, INDArray> arrays) {
        TensorLoader loader = new TensorLoader();
        Map<Path, List<TensorEntry>> byFile = new LinkedHashMap<>();
        table.values().forEach(entry -> byFile.computeIfAbsent(entry.file(), file -> new ArrayList<>()).add(entry));
        byFile.forEach((file, entries) -> loader.file(file, entries, arrays));
        if (!loader.nonFinite.isEmpty()) {
            throw new UserError(place + ": the weights hold numbers that are not finite; use a checkpoint from before they went wrong:\n  "
                    + String.join("\n  ", loader.nonFinite));
        }
    }

    private void file(Path file, List<TensorEntry> entries, Map<String, INDArray> arrays) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (TensorEntry entry : entries) {
                tensor(channel, entry, arrays.get(entry.name()));
            }
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    private void tensor(FileChannel channel, TensorEntry entry, INDArray array) throws IOException {
        long bad = 0;
        long firstBad = -1;
        FloatPointer pointer = new FloatPointer(array.data().pointer());
        for (long at = 0; at < entry.bytes(); at += WINDOW) {
            long length = Math.min(WINDOW, entry.bytes() - at);
            long first = at / entry.dtype().bytes();
            try (MappedWindow window = new MappedWindow(channel, entry.offset() + at, length)) {
                FloatBuffer target = floats(pointer, first, (int) (length / entry.dtype().bytes()));
                int[] found = widen(entry.dtype(), window.bytes(), target);
                if (found[0] > 0) {
                    firstBad = bad == 0 ? first + found[1] : firstBad;
                    bad += found[0];
                }
            }
        }
        if (bad > 0) {
            nonFinite.add(entry.file().getFileName() + ": " + entry.name() + " " + entry.shapeText() + ": " + bad + " of " + entry.size()
                    + " numbers are NaN or infinite, the first at " + firstBad);
        }
    }

    /** A view of some numbers of an off-heap array; works beyond 2³¹ bytes, where a buffer over the whole does not. */
    static FloatBuffer floats(FloatPointer array, long first, int count) {
        // The address itself is moved: a buffer of a position beyond 2³¹ bytes would come out empty.
        FloatPointer start = array.getPointer(FloatPointer.class, first);
        FloatBuffer view = start.capacity(count).asBuffer();
        if (view.remaining() != count) {
            throw new IllegalStateException("a view of " + count + " numbers has " + view.remaining());
        }
        return view;
    }

    /** @return how many numbers are not finite, and the position of the first in {@code target} */
    private int[] widen(Dtype dtype, ByteBuffer bytes, FloatBuffer target) {
        int[] bad = new int[2];
        IntBuffer intSource = dtype == Dtype.F32 ? bytes.asIntBuffer() : null;
        ShortBuffer shortSource = dtype == Dtype.F32 ? null : bytes.asShortBuffer();
        float[] values = new float[Math.min(CHUNK, target.remaining())];
        for (int done = 0; target.hasRemaining(); ) {
            int count = Math.min(CHUNK, target.remaining());
            if (intSource != null) {
                intSource.get(words, 0, count);
            } else {
                shortSource.get(halves, 0, count);
                widenHalves(dtype, count);
            }
            inspect(count, done, bad);
            for (int i = 0; i < count; i++) {
                values[i] = Float.intBitsToFloat(words[i]);
            }
            target.put(values, 0, count);
            done += count;
        }
        return bad;
    }

    private void widenHalves(Dtype dtype, int count) {
        if (dtype == Dtype.BF16) {
            for (int i = 0; i < count; i++) {
                words[i] = halves[i] << 16;
            }
        } else {
            for (int i = 0; i < count; i++) {
                words[i] = Dtype.halfToFloatBits(halves[i]);
            }
        }
    }

    private void inspect(int count, int offset, int[] bad) {
        int badHere = 0;
        for (int i = 0; i < count; i++) {
            badHere += Dtype.isNonFinite(words[i]) ? 1 : 0;
        }
        if (badHere > 0 && bad[0] == 0) {
            int first = 0;
            while (!Dtype.isNonFinite(words[first])) {
                first++;
            }
            bad[1] = offset + first;
        }
        bad[0] += badHere;
    }
}
