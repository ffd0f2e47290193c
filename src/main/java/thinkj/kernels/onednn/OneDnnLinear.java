package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.onednn.Arrangement.Operand;

/**
 * Projections and their gradients, one product each, with whatever is added done while the result is still in registers.
 *
 * <p>oneDNN's fp32 products are taken for every shape: with operands where they lie they were as fast as OpenBLAS's or faster from one
 * row to thousands, and there is one pool of threads less.
 */
final class OneDnnLinear {
    private final Operands operands;
    private final Primitives primitives;
    private final Arrangement arrangement;
    private INDArray ones;
    private boolean packs;

    OneDnnLinear(Operands operands) {
        this.operands = operands;
        primitives = operands.primitives();
        arrangement = new Arrangement(primitives, operands.type());
    }

    /**
     * Has bf16 weights packed, which makes products up to a fifth faster and those of few rows twice as fast. No gradient can then do with
     * the same copy; training, which would need two, keeps the plain one.
     */
    void forwardOnly() {
        packs = operands.type() == DataType.BFLOAT16;
    }

    /** @param scales of int8 weights, otherwise null */
    void forward(INDArray x, INDArray w, INDArray scales, INDArray b, INDArray residual, INDArray y) {
        DataType type = operands.type();
        long n = x.size(0);
        long out = w.size(0);
        long in = w.size(1);
        Operand weight = packs && w.dataType() == FLOAT
                ? new Operand(Layout.packed(type, in, out), operands.packedWeight(w))
                : arrangement.forward(n, Layout.of(type, out, in), operands.weight(w));
        long from = operands.as(type, x, "x");
        Primitive product = arrangement.product(
                Layout.of(type, n, in),
                weight.layout(),
                b == null || scales != null ? null : Layout.of(FLOAT, 1, out),
                Layout.of(y.dataType(), n, out),
                then(n, out, scales, b, residual));
        LongStream.Builder addresses = LongStream.builder().add(from).add(weight.address());
        if (scales == null && b != null) {
            addresses.add(Operands.dense(b));
        }
        addresses.add(Operands.dense(y));
        Stream.of(scales, scales == null ? null : b, residual)
                .filter(Objects::nonNull)
                .forEach(more -> addresses.add(Operands.dense(more)));
        product.run(addresses.build().toArray());
    }

    /** A product of int8 weights is scaled before its bias is added. */
    private static PostOps then(long n, long out, INDArray scales, INDArray b, INDArray residual) {
        Layout row = Layout.of(FLOAT, 1, out);
        PostOps then = scales == null ? PostOps.NONE : PostOps.NONE.multiply(row);
        then = scales == null || b == null ? then : then.add(row);
        return residual == null ? then : then.add(Layout.of(FLOAT, n, out));
    }

    void backward(INDArray dy, INDArray x, INDArray w, INDArray dx, boolean addX, INDArray dw, INDArray db, boolean addW) {
        DataType type = operands.type();
        long n = x.size(0);
        long in = w.size(1);
        long out = w.size(0);
        long gradient = operands.as(type, dy, "dy");
        Layout dyLayout = Layout.of(type, n, out);
        backward(gradient, n, w, dx, addX);
        Operand left = arrangement.gradients(dyLayout, gradient, in);
        Operand input = arrangement.inputs(Layout.of(type, n, in), operands.as(type, x, "x"), out);
        arrangement.product(left.layout(), input.layout(), null, Layout.of(FLOAT, out, in), adding(addW))
                .run(left.address(), input.address(), Operands.dense(dw));
        if (db != null) {
            primitives.matMul(Layout.of(type, 1, n), dyLayout, null, Layout.of(FLOAT, 1, out), adding(addW))
                    .run(ones(n, type), gradient, Operands.dense(db));
        }
    }

    /** The gradient for x alone, of weights that are not trained. */
    void backward(INDArray dy, INDArray w, INDArray scales, INDArray dx, boolean addX) {
        DataType type = operands.type();
        if (scales == null) {
            backward(operands.as(type, dy, "dy"), dy.size(0), w, dx, addX);
            return;
        }
        // In fp32: oneDNN multiplies other types by its reference code.
        Layout all = Layout.of(FLOAT, dy.size(0), dy.size(1));
        long scaled = primitives.scratch().take("scaledDy", dy.length() * Float.BYTES);
        primitives.binary(dnnl_binary_mul, all, Layout.of(FLOAT, 1, dy.size(1)), all, PostOps.NONE)
                .run(operands.as(FLOAT, dy, "wideDy"), Operands.dense(scales), scaled);
        long gradient = scaled;
        if (type != FLOAT) {
            gradient = primitives.scratch().take("dy", dy.length() * type.width());
            operands.convert(scaled, FLOAT, gradient, type, dy.length());
        }
        backward(gradient, dy.size(0), w, dx, addX);
    }

    private void backward(long gradient, long n, INDArray w, INDArray dx, boolean addX) {
        DataType type = operands.type();
        long out = w.size(0);
        long in = w.size(1);
        Operand weight = arrangement.backward(n, Layout.of(type, out, in), operands.weight(w));
        arrangement.product(Layout.of(type, n, out), weight.layout(), null, Layout.of(dx.dataType(), n, in), adding(addX))
                .run(gradient, weight.address(), Operands.dense(dx));
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
