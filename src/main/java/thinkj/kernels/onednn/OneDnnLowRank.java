package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Dropout;
import thinkj.kernels.LowRankBranch;

/** The low-rank branch beside a projection, {@code y += scale · d(x)·aᵀ·bᵀ}, and its gradient: thin products, added in place. */
final class OneDnnLowRank {
    private final Operands operands;
    private final Primitives primitives;

    OneDnnLowRank(Operands operands) {
        this.operands = operands;
        primitives = operands.primitives();
    }

    void forward(INDArray x, INDArray a, INDArray b, LowRankBranch branch, INDArray y) {
        DataType type = operands.type();
        long n = x.size(0);
        long narrow = narrow(dropped(x, branch.dropout()), n, a, branch.scale());
        primitives.matMul(Layout.of(type, n, b.size(1)), Layout.of(type, b.size(0), b.size(1)).transposed(), null,
                        Layout.of(y.dataType(), n, b.size(0)), PostOps.NONE.sum())
                .run(narrow, operands.weight(b), Operands.dense(y));
    }

    /** Address of {@code scale · x·aᵀ}, [N, r]. */
    private long narrow(long x, long n, INDArray a, double scale) {
        DataType type = operands.type();
        long to = primitives.scratch().take("lowRank.narrow", n * a.size(0) * type.width());
        primitives.matMul(Layout.of(type, n, a.size(1)), Layout.of(type, a.size(0), a.size(1)).transposed(), null,
                        Layout.of(type, n, a.size(0)), PostOps.NONE.scale(scale))
                .run(x, operands.weight(a), to);
        return to;
    }

    /** Address of the branch's input in the type of products. */
    private long dropped(INDArray x, Dropout dropout) {
        DataType type = operands.type();
        if (dropout == null) {
            return operands.as(type, x, "x");
        }
        int width = (int) x.size(1);
        NativeRows from = new NativeRows(Operands.dense(x), x.dataType(), width);
        NativeRows to = new NativeRows(primitives.scratch().take("lowRank.dropped", x.length() * type.width()), type, width);
        Cores.split(x.size(0), 2L * width * type.width(), (first, last) -> {
            float[] row = new float[width];
            short[] bits = new short[width];
            for (long i = first; i < last; i++) {
                from.read(i, row, bits);
                dropout.apply(row, i);
                to.write(row, i, bits);
            }
        });
        return to.address();
    }

    void backward(
            INDArray dy, INDArray x, INDArray a, INDArray b, LowRankBranch branch, INDArray dx, INDArray da, boolean addA, INDArray db, boolean addB) {
        DataType type = operands.type();
        long n = x.size(0);
        long rank = a.size(0);
        long in = a.size(1);
        long out = b.size(0);
        Layout thin = Layout.of(type, n, rank);
        Layout wide = Layout.of(type, n, out);
        long input = dropped(x, branch.dropout());
        long gradient = operands.as(type, dy, "dy");
        primitives.matMul(wide.transposed(), thin, null, Layout.of(DataType.FLOAT, out, rank), adding(addB))
                .run(gradient, narrow(input, n, a, branch.scale()), Operands.dense(db));
        long dNarrow = primitives.scratch().take("lowRank.dNarrow", n * rank * type.width());
        primitives.matMul(wide, Layout.of(type, out, rank), null, thin, PostOps.NONE.scale(branch.scale()))
                .run(gradient, operands.weight(b), dNarrow);
        primitives.matMul(thin.transposed(), Layout.of(type, n, in), null, Layout.of(DataType.FLOAT, rank, in), adding(addA))
                .run(dNarrow, input, Operands.dense(da));
        if (dx != null) {
            addInputGradient(dNarrow, thin, a, branch.dropout(), dx);
        }
    }

    private void addInputGradient(long dNarrow, Layout thin, INDArray a, Dropout dropout, INDArray dx) {
        DataType type = operands.type();
        Layout weight = Layout.of(type, a.size(0), a.size(1));
        if (dropout == null) {
            primitives.matMul(thin, weight, null, Layout.of(dx.dataType(), dx.size(0), dx.size(1)), PostOps.NONE.sum())
                    .run(dNarrow, operands.weight(a), Operands.dense(dx));
            return;
        }
        int width = (int) dx.size(1);
        NativeRows from = new NativeRows(primitives.scratch().take("lowRank.dInput", dx.length() * type.width()), type, width);
        primitives.matMul(thin, weight, null, Layout.of(type, dx.size(0), width), PostOps.NONE)
                .run(dNarrow, operands.weight(a), from.address());
        addDropped(from, dropout, new NativeRows(Operands.dense(dx), dx.dataType(), width), dx.size(0));
    }

    private static void addDropped(NativeRows from, Dropout dropout, NativeRows to, long rows) {
        int width = from.width();
        Cores.split(rows, 3L * width * to.type().width(), (first, last) -> {
            float[] row = new float[width];
            float[] sum = new float[width];
            short[] bits = new short[width];
            for (long i = first; i < last; i++) {
                from.read(i, row, bits);
                dropout.apply(row, i);
                to.read(i, sum, bits);
                for (int j = 0; j < width; j++) {
                    sum[j] += row[j];
                }
                to.write(sum, i, bits);
            }
        });
    }

    private static PostOps adding(boolean add) {
        return add ? PostOps.NONE.sum() : PostOps.NONE;
    }
}
