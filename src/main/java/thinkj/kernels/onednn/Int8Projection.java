package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Precision;

/**
 * Projections with int8 weights. Activations become two int8 digits each ({@link Int8Rows}): products of N rows are ones of 2N rows of
 * int8, the high digits' first. oneDNN's own product of bf16 activations and int8 weights takes longer to widen the weights than it would
 * to read them in bf16.
 */
final class Int8Projection {
    /** At once: what their products add up in stays near the cores. */
    private static final long ROWS = 128;

    private final Operands operands;
    private final Primitives primitives;
    private final Arrangement arrangement;
    private final INDArray base = Nd4j.scalar(FLOAT, Int8Rows.BASE);

    Int8Projection(Operands operands) {
        this.operands = operands;
        primitives = operands.primitives();
        arrangement = new Arrangement(primitives, DataType.INT8);
    }

    void project(INDArray x, INDArray w, INDArray b, Ending ending, INDArray y) {
        long out = y.size(1);
        for (long first = 0; first < x.size(0); first += ROWS) {
            Digits digits = digits(x, first);
            product(digits, w, b, ending.from(first, out), Operands.row(y, first), y.dataType(), out);
        }
    }

    void gated(INDArray x, INDArray gate, INDArray up, INDArray y) {
        long out = y.size(1);
        long gates = primitives.scratch().take("gates", Math.min(ROWS, x.size(0)) * out * Float.BYTES);
        for (long first = 0; first < x.size(0); first += ROWS) {
            Digits digits = digits(x, first);
            product(digits, gate, null, Ending.SWISH, gates, FLOAT, out);
            product(digits, up, null, Ending.multiplying(gates, FLOAT), Operands.row(y, first), y.dataType(), out);
        }
    }

    /**
     * @param address of int8 [2 · rows, in]
     * @param scales address of fp32 [rows]
     */
    private record Digits(long rows, long in, long address, long scales) {}

    private Digits digits(INDArray x, long first) {
        long rows = Math.min(ROWS, x.size(0) - first);
        long in = x.size(1);
        long bytes = rows * in * Float.BYTES;
        NativeScratch scratch = primitives.scratch();
        long values = Operands.row(x, first);
        if (x.dataType() != FLOAT) {
            values = scratch.take("values", bytes);
            operands.convert(Operands.row(x, first), x.dataType(), values, FLOAT, rows * in);
        }
        long wide = scratch.take("wide", 3 * bytes);
        long scales = scratch.take("scales", rows * Float.BYTES);
        NativeRows from = new NativeRows(values, FLOAT, (int) in);
        primitives.run(() -> Int8Rows.split(from, rows, wide + 2 * bytes, wide, wide + bytes, scales));
        long digits = scratch.take("digits", 2 * rows * in);
        operands.convert(wide, DataType.INT32, digits, DataType.INT8, 2 * rows * in);
        return new Digits(rows, in, digits, scales);
    }

    private void product(Digits x, INDArray w, INDArray b, Ending ending, long to, DataType type, long out) {
        Layout packed = OneDnnPacking.layout(Precision.INT8, x.in, out);
        long sums = primitives.scratch().take("sums", 2 * x.rows * out * Float.BYTES);
        arrangement.product(Layout.of(DataType.INT8, 2 * x.rows, x.in), packed, null, Layout.of(FLOAT, 2 * x.rows, out), PostOps.NONE)
                .run(x.address, OneDnnPacking.weights(w), sums);
        long low = sums + x.rows * out * Float.BYTES;
        long scales = OneDnnPacking.scales(w, packed);
        // In fp32, over the sums themselves: other types are done by oneDNN's reference code, a hundred times slower.
        long result = type == FLOAT ? to : sums;
        Primitive together = together(x.rows, out, b != null, ending);
        if (b == null) {
            together.run(ending.after(sums, Memory.address(base), result, low, x.scales, scales));
        } else {
            together.run(ending.after(sums, Memory.address(base), result, low, x.scales, scales, Operands.dense(b)));
        }
        if (type != FLOAT) {
            operands.convert(result, FLOAT, to, type, x.rows * out);
        }
    }

    /** {@code (256 · high + low) · row's scale · output's scale}, and what follows. */
    private Primitive together(long rows, long out, boolean biased, Ending ending) {
        // Of three dimensions: oneDNN takes one value a row in no other way.
        Layout sums = Layout.of(FLOAT, 1, rows, out);
        Layout alongOutputs = Layout.of(FLOAT, 1, 1, out);
        PostOps scaled = PostOps.NONE.add(sums).multiply(Layout.of(FLOAT, 1, rows, 1)).multiply(alongOutputs);
        PostOps all = ending.after(biased ? scaled.add(alongOutputs) : scaled, 1, rows, out);
        return primitives.binary(dnnl_binary_mul, sums, Layout.of(FLOAT, 1, 1, 1), sums, all);
    }
}
