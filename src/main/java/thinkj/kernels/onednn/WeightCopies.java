package thinkj.kernels.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A model's weights once more in bf16, for products: made from the fp32 ones when first asked for, and again, in the same memory, when
 * asked for after {@link #stale}. One copy in the checkpoint's own [out, in] order serves a product and both of its gradients, by
 * strides. Shared by all graphs over the model, each on a thread of its own.
 */
public final class WeightCopies implements AutoCloseable {
    private final Map<Long, Copy> copies = new ConcurrentHashMap<>();
    private volatile int version = 1;

    private static final class Copy {
        private final INDArray array;
        private int version;

        Copy(INDArray like) {
            array = Nd4j.createUninitialized(DataType.BFLOAT16, like.shape());
        }
    }

    /** Says that weights have changed. Costs nothing; to be called while no graph over the model runs. */
    public void stale() {
        version++;
    }

    /** The copy of a whole fp32 array, current and the copies' own. Arrays are told apart by where they lie. */
    INDArray bf16(INDArray weight, Primitives primitives) {
        Copy copy = copies.computeIfAbsent(Memory.address(weight), address -> new Copy(weight));
        synchronized (copy) {
            if (copy.version != version) {
                Layout from = Layout.of(DataType.FLOAT, weight.length());
                Layout to = Layout.of(DataType.BFLOAT16, weight.length());
                primitives.reorder(from, to, PostOps.NONE).run(Memory.address(weight), Memory.address(copy.array));
                copy.version = version;
            }
        }
        return copy.array;
    }


    @Override
    public void close() {
        List<Copy> all = new ArrayList<>(copies.values());
        copies.clear();
        all.forEach(copy -> copy.array.close());
    }
}
