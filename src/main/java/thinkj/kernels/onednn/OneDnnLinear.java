package thinkj.kernels.onednn;

import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Projections and their gradients, one product each, with whatever is added done while the result is still in registers.
 *
 * <p>oneDNN's fp32 products are taken for every shape: with operands where they lie they were as fast as OpenBLAS's or faster from one
 * row to thousands, and there is one pool of threads less.
 */
final class OneDnnLinear {
    private final Operands operands;
    private final Primitives primitives;
    private INDArray ones;
    private boolean packs;

    OneDnnLinear(Operands operands) {
        this.operands = operands;
        primitives = operands.primitives();
    }

    /**
     * Has bf16 weights packed, which makes products up to a fifth faster and those of few rows twice as fast. No gradient can then do with
     * the same copy; training, which would need two, keeps the plain one.
     */
    void forwardOnly() {
        packs = operands.type() == DataType.BFLOAT16;
    }

    void forward(INDArray x, INDArray w, INDArray b, INDArray residual, INDArray y) {
        DataType type = operands.type();
        long n = x.size(0);
        long out = w.size(0);
        Layout result = Layout.of(y.dataType(), n, out);
        Primitive product = primitives.matMul(
                Layout.of(type, n, w.size(1)),
                packs ? Layout.packed(type, w.size(1), out) : Layout.of(type, out, w.size(1)).transposed(),
                b == null ? null : Layout.of(FLOAT, 1, out),
                result,
                residual == null ? PostOps.NONE : PostOps.NONE.add(Layout.of(FLOAT, n, out)));
        long a = operands.as(type, x, "x");
        long weight = packs ? operands.packedWeight(w) : operands.weight(w);
        long to = Operands.dense(y);
        if (b != null && residual != null) {
            product.run(a, weight, Operands.dense(b), to, Operands.dense(residual));
        } else if (b != null) {
            product.run(a, weight, Operands.dense(b), to);
        } else if (residual != null) {
            product.run(a, weight, to, Operands.dense(residual));
        } else {
            product.run(a, weight, to);
        }
    }

    void backward(INDArray dy, INDArray x, INDArray w, INDArray dx, boolean addX, INDArray dw, INDArray db, boolean addW) {
        DataType type = operands.type();
        long n = x.size(0);
        long in = w.size(1);
        long out = w.size(0);
        long gradient = operands.as(type, dy, "dy");
        Layout dyLayout = Layout.of(type, n, out);
        primitives.matMul(dyLayout, Layout.of(type, out, in), null, Layout.of(dx.dataType(), n, in), adding(addX))
                .run(gradient, operands.weight(w), Operands.dense(dx));
        primitives.matMul(dyLayout.transposed(), Layout.of(type, n, in), null, Layout.of(FLOAT, out, in), adding(addW))
                .run(gradient, operands.as(type, x, "x"), Operands.dense(dw));
        if (db != null) {
            primitives.matMul(Layout.of(type, 1, n), dyLayout, null, Layout.of(FLOAT, 1, out), adding(addW))
                    .run(ones(n, type), gradient, Operands.dense(db));
        }
    }

    private static PostOps adding(boolean add) {
        return add ? PostOps.NONE.sum() : PostOps.NONE;
    }

    /** A sum over rows is a product with a row of ones, which adds in many lanes. */
    private long ones(long n, DataType type) {
        if (ones == null || ones.length() < n) {
            if (ones != null) {
                ones.close();
            }
            ones = Nd4j.ones(type, n);
        }
        return Memory.address(ones);
    }
}
