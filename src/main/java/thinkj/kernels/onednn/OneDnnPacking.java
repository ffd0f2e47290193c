package thinkj.kernels.onednn;

import static org.nd4j.linalg.api.buffer.DataType.BFLOAT16;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Packing;
import thinkj.kernels.Precision;

/**
 * Weights in oneDNN's own order, in fp32, bf16, or int8 with a scale for each of a matrix's outputs. A packed matrix is an array of bytes:
 * the weights from the first address on that is a multiple of {@value #ALIGNMENT}, and behind them, in int8, the fp32 scales.
 */
public final class OneDnnPacking implements Packing {
    /** Bytes of a cache line, which is also the widest vector. */
    static final long ALIGNMENT = 64;

    private final Primitives primitives = new Primitives();
    private final Precision precision;

    public OneDnnPacking(Precision precision) {
        this.precision = precision;
    }

    @Override
    public DataType matrices() {
        return DataType.INT8;
    }

    @Override
    public DataType tables() {
        return precision.activations();
    }

    @Override
    public long bytes(long out, long in) {
        return ALIGNMENT + aligned(layout(precision, in, out).packedBytes()) + (precision == Precision.INT8 ? out * Float.BYTES : 0);
    }

    @Override
    public synchronized void pack(INDArray matrix, INDArray packed) {
        long out = matrix.size(0);
        long in = matrix.size(1);
        Layout to = layout(precision, in, out);
        if (precision == Precision.INT8) {
            try (INDArray whole = Nd4j.createUninitialized(DataType.INT8, out, in)) {
                Int8Rows.quantise(Operands.dense(matrix), out, (int) in, Memory.address(whole), scales(packed, to));
                primitives.reorder(Layout.of(DataType.INT8, out, in).transposed(), to, PostOps.NONE).run(Memory.address(whole), weights(packed));
            }
        } else {
            primitives.reorder(Layout.of(matrix.dataType(), out, in).transposed(), to, PostOps.NONE).run(Operands.dense(matrix), weights(packed));
        }
    }

    @Override
    public synchronized INDArray table(INDArray table) {
        if (tables() == table.dataType()) {
            return table;
        }
        INDArray narrow = Nd4j.createUninitialized(BFLOAT16, table.shape());
        primitives.reorder(Layout.of(FLOAT, table.length()), Layout.of(BFLOAT16, table.length()), PostOps.NONE)
                .run(Operands.dense(table), Memory.address(narrow));
        return narrow;
    }

    /** Of a matrix's packed weights. */
    static Layout layout(Precision precision, long in, long out) {
        return Layout.packed(precision == Precision.INT8 ? DataType.INT8 : precision.activations(), in, out);
    }

    /** Address of a packed matrix's weights. */
    static long weights(INDArray packed) {
        return aligned(Memory.address(packed));
    }

    /** Address of a packed matrix's scales, fp32 [out]. */
    static long scales(INDArray packed, Layout layout) {
        return weights(packed) + aligned(layout.packedBytes());
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
