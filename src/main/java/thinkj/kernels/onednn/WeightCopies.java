package thinkj.kernels.onednn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.NativeThreads;

/**
 * A model's weights once more in bf16, for products: made from the fp32 ones when first asked for, and again when asked for after
 * {@link #stale}, unless whoever changed them kept the copies up to date by {@link #wrote}. One copy in the checkpoint's own [out, in]
 * order serves a product and both of its gradients, by strides, and keeps its memory; another, packed, serves products that nobody
 * differentiates, faster. Shared by all graphs over the model, each on a thread of its own.
 */
public final class WeightCopies implements AutoCloseable {
    /** Of threads that write weights. */
    private static final ThreadLocal<Rounding> WRITERS = ThreadLocal.withInitial(Rounding::new);

    private final Map<Long, Copy> copies = new ConcurrentHashMap<>();
    private final Map<Long, Copy> packed = new ConcurrentHashMap<>();
    private volatile int version = 1;

    /** Holds its weight, so that nothing else comes to lie in its place unless the weight is closed. */
    private static final class Copy {
        private final INDArray array;
        private final INDArray weight;
        private final AtomicLong written = new AtomicLong();
        private int version;

        Copy(INDArray array, INDArray weight) {
            this.array = array;
            this.weight = weight;
        }

        /** Whether it is of that array, which lies where its weight lies or lay. */
        boolean isOf(INDArray other) {
            return !weight.wasClosed() && Arrays.equals(weight.shape(), other.shape());
        }
    }

    /**
     * Rounds values of a weight that the calling thread has just written, and that are in its cache, into the copy, if there is a current
     * one. When {@link #stale} is called next, copies of weights of which every value was handed in once stay current.
     */
    public void wrote(INDArray weight, long from, long count) {
        Copy copy = copies.get(Memory.address(weight));
        if (copy != null && copy.version == version && copy.isOf(weight)) {
            Primitive rounding = WRITERS.get().of(count);
            long to = Memory.address(copy.array) + from * copy.array.dataType().width();
            NativeThreads.alone(() -> rounding.run(Memory.address(weight) + from * Float.BYTES, to));
            copy.written.addAndGet(count);
        }
    }

    /** One thread's; keeps the one that was used last, since a model's weights are cut into thousands of blocks of the same length. */
    private static final class Rounding {
        private final Primitives primitives = new Primitives();
        private Primitive last;
        private long values;

        Primitive of(long count) {
            if (values != count) {
                last = primitives.reorder(Layout.of(DataType.FLOAT, count), Layout.of(DataType.BFLOAT16, count), PostOps.NONE);
                values = count;
            }
            return last;
        }
    }

    /**
     * Says that weights have changed; to be called while no graph over the model runs. Packed copies give their memory back: what
     * changes weights trains, and may not need them again for long.
     */
    public void stale() {
        int next = version + 1;
        for (Copy copy : copies.values()) {
            if (copy.written.getAndSet(0) == copy.array.length() && copy.version == version) {
                copy.version = next;
            }
        }
        version = next;
        release(packed);
    }

    private static void release(Map<Long, Copy> copies) {
        List<Copy> all = new ArrayList<>(copies.values());
        copies.clear();
        all.forEach(copy -> copy.array.close());
    }

    /** The copy of a whole fp32 array, current and the copies' own. Arrays are told apart by where they lie. */
    INDArray bf16(INDArray weight, Primitives primitives) {
        Copy copy = copy(copies, weight, () -> Nd4j.createUninitialized(DataType.BFLOAT16, weight.shape()));
        Layout to = Layout.of(DataType.BFLOAT16, weight.length());
        refresh(copy, weight, Layout.of(DataType.FLOAT, weight.length()), to, Memory.address(copy.array), primitives);
        return copy.array;
    }

    /** Address of the copy of a whole fp32 matrix [out, in] as {@link Layout#packed}, current and the copies' own. */
    long packed(INDArray weight, Primitives primitives) {
        Layout to = Layout.packed(DataType.BFLOAT16, weight.size(1), weight.size(0));
        Copy copy = copy(packed, weight, () -> Nd4j.createUninitialized(DataType.INT8, to.packedBytes() + OneDnnPacking.ALIGNMENT));
        long address = OneDnnPacking.weights(copy.array);
        refresh(copy, weight, Layout.of(DataType.FLOAT, weight.size(0), weight.size(1)).transposed(), to, address, primitives);
        return address;
    }

    /** The copy of a weight, made if there is none; one of a closed weight that lay in its place goes. */
    private static Copy copy(Map<Long, Copy> copies, INDArray weight, Supplier<INDArray> make) {
        return copies.compute(Memory.address(weight), (address, found) -> {
            if (found != null && found.isOf(weight)) {
                return found;
            }
            if (found != null) {
                found.array.close();
            }
            return new Copy(make.get(), weight);
        });
    }

    private void refresh(Copy copy, INDArray weight, Layout from, Layout to, long address, Primitives primitives) {
        synchronized (copy) {
            if (copy.version != version) {
                primitives.reorder(from, to, PostOps.NONE).run(Memory.address(weight), address);
                copy.version = version;
            }
        }
    }

    @Override
    public void close() {
        release(copies);
        release(packed);
    }
}
