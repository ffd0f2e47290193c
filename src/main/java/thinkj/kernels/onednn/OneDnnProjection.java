package thinkj.kernels.onednn;

import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Precision;

/**
 * Projections that nobody differentiates, with packed weights or plain fp32 ones.
 *
 * <p>In fp32 a row's result does not depend, to the bit, on how many rows are beside it, as long as there is one: for a single row oneDNN
 * has another code, with plain weights always and with packed ones at some widths.
 */
final class OneDnnProjection {
    private final Operands operands;
    private final Primitives primitives;
    private final Arrangement arrangement;
    private final Precision precision;
    private final Int8Projection int8;

    OneDnnProjection(Operands operands, Precision precision) {
        this.operands = operands;
        this.precision = precision;
        primitives = operands.primitives();
        arrangement = new Arrangement(primitives, operands.type());
        int8 = new Int8Projection(operands);
    }

    void project(INDArray x, INDArray w, INDArray b, INDArray residual, INDArray y) {
        if (isInt8(w)) {
            int8.project(x, w, b, Ending.adding(residual), y);
        } else {
            product(x, w, b, Ending.adding(residual), Operands.dense(y), y.dataType(), y.size(1));
        }
    }

    void gated(INDArray x, INDArray gate, INDArray up, INDArray y) {
        if (isInt8(gate)) {
            int8.gated(x, gate, up, y);
            return;
        }
        DataType type = y.dataType();
        long gates = primitives.scratch().take("gates", y.length() * type.width());
        product(x, gate, null, Ending.SWISH, gates, type, y.size(1));
        product(x, up, null, Ending.multiplying(gates, type), Operands.dense(y), type, y.size(1));
    }

    /** Whether what it computes can be {@link Primitives#prepared prepared}. */
    boolean canPrepare(INDArray w) {
        return !operands.isCopied(w);
    }

    private boolean isInt8(INDArray w) {
        return precision == Precision.INT8 && w.dataType() == DataType.INT8;
    }

    private void product(INDArray x, INDArray w, INDArray b, Ending ending, long to, DataType type, long out) {
        DataType products = operands.type();
        long n = x.size(0);
        long in = x.size(1);
        boolean packed = w.dataType() == DataType.INT8;
        long from = operands.as(products, x, "x");
        Primitive product = arrangement.product(
                Layout.of(products, n, in),
                packed ? OneDnnPacking.layout(precision, in, out) : Layout.of(products, out, in).transposed(),
                b == null ? null : Layout.of(FLOAT, 1, out),
                Layout.of(type, n, out),
                ending.after(PostOps.NONE, n, out));
        long weights = packed ? OneDnnPacking.weights(w) : operands.weight(w);
        product.run(b == null ? ending.after(from, weights, to) : ending.after(from, weights, Operands.dense(b), to));
    }
}
