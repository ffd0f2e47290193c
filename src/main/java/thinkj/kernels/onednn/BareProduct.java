package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Precision;

/**
 * A product {@code y = x·wᵀ} of numbers that mean nothing, with nothing around it: what this machine gives, for benchmarks to compare
 * with. Results have the type of the operands.
 */
public final class BareProduct implements AutoCloseable {
    private final Primitive product;
    private final INDArray x;
    private final INDArray w;
    private final INDArray y;

    /** @param packed whether w [out, in] lies in the order that oneDNN finds best, or in C order */
    public BareProduct(Precision precision, long rows, long out, long in, boolean packed) {
        Primitives primitives = new Primitives();
        DataType type = precision.activations();
        Layout weight = packed ? Layout.packed(type, in, out) : Layout.of(type, out, in).transposed();
        product = primitives.matMul(Layout.of(type, rows, in), weight, null, Layout.of(type, rows, out), PostOps.NONE);
        x = random(primitives, type, product.bytes(0));
        w = random(primitives, type, product.bytes(1));
        y = Nd4j.createUninitialized(type, rows, out);
    }

    /** Numbers in [0, 1): in whatever order, they are a matrix. */
    private static INDArray random(Primitives primitives, DataType type, long bytes) {
        long count = bytes / type.width();
        INDArray array = Nd4j.createUninitialized(type, count);
        try (INDArray values = Nd4j.rand(DataType.FLOAT, count)) {
            primitives.reorder(Layout.of(DataType.FLOAT, count), Layout.of(type, count), PostOps.NONE)
                    .run(Memory.address(values), Memory.address(array));
        }
        return array;
    }

    public void run() {
        product.run(Memory.address(x), Memory.address(w), Memory.address(y));
    }

    @Override
    public void close() {
        x.close();
        w.close();
        y.close();
    }
}
