package thinkj.kernels.onednn;

import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Precision;

/**
 * Projections that nobody differentiates, with packed weights or plain fp32 ones.
 *
 * <p>In fp32 a row's result does not depend, to the bit, on the rows beside it: oneDNN takes one code for packed weights whatever the
 * number of rows. For plain weights it has another one for a single row; that row is therefore computed twice.
 */
final class OneDnnProjection {
    private final Operands operands;
    private final Primitives primitives;
    private final Precision precision;
    private final Int8Projection int8;

    OneDnnProjection(Operands operands, Precision precision) {
        this.operands = operands;
        this.precision = precision;
        primitives = operands.primitives();
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

    private boolean isInt8(INDArray w) {
        return precision == Precision.INT8 && w.dataType() == DataType.INT8;
    }

    private void product(INDArray x, INDArray w, INDArray b, Ending ending, long to, DataType type, long out) {
        DataType products = operands.type();
        long n = x.size(0);
        long in = x.size(1);
        boolean packed = w.dataType() == DataType.INT8;
        boolean alone = n == 1 && !packed;
        long rows = alone ? 2 : n;
        long from = operands.as(products, x, "x");
        long source = alone ? twice(from, in * products.width()) : from;
        long result = alone ? primitives.scratch().take("both", rows * out * type.width()) : to;
        Primitive product = primitives.matMul(
                Layout.of(products, rows, in),
                packed ? OneDnnPacking.layout(precision, in, out) : Layout.of(products, out, in).transposed(),
                b == null ? null : Layout.of(FLOAT, 1, out),
                Layout.of(type, rows, out),
                ending.after(PostOps.NONE, n, out));
        long weights = packed ? OneDnnPacking.weights(w) : operands.weight(w);
        product.run(b == null
                ? ending.after(source, weights, result)
                : ending.after(source, weights, Operands.dense(b), result));
        if (alone) {
            Memory.copy(result, to, out * type.width());
        }
    }

    private long twice(long row, long bytes) {
        long both = primitives.scratch().take("twice", 2 * bytes);
        Memory.copy(row, both, bytes);
        Memory.copy(row, both + bytes, bytes);
        return both;
    }
}
