package thinkj.kernels;

import java.util.function.Consumer;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastAddOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastMulOp;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** ND4J calls alone, fp32 alone: runs on any ND4J backend, and is what other kernels are compared with. */
public final class Nd4jKernels implements Kernels {
    private final Scratch scratch = new Scratch();
    private final Nd4jAttention attention = new Nd4jAttention(scratch);
    private final Nd4jTokenLogProbs tokenLogProbs = new Nd4jTokenLogProbs(scratch);
    private final Nd4jLowRank lowRank = new Nd4jLowRank(scratch);

    @Override
    public String name() {
        return "nd4j";
    }

    /**
     * {@code c = alpha·op(a)·op(b) + beta·c} for matrices of which one stride is 1.
     *
     * <p>The transposed product is asked for where c is C order: OpenBLAS is markedly faster into columns, and no copy is made either
     * way.
     */
    static void gemm(INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray c, double alpha, double beta) {
        MMulTranspose transposed = MMulTranspose.builder().transposeA(!transposeB).transposeB(!transposeA).build();
        Nd4j.exec(new Mmul(b, a, c.transpose(), alpha, beta, transposed));
    }

    @Override
    public void linear(INDArray x, INDArray w, INDArray b, INDArray residual, INDArray y) {
        requireFp32(x, y);
        if (x.rows() == 1) {
            // One row only reads w; OpenBLAS's matrix product would pack it first, which takes three times as long.
            Nd4j.exec(new Mmul(w, x.getRow(0), y.getRow(0), 1, 0, MMulTranspose.allFalse()));
        } else {
            gemm(x, false, w, true, y, 1, 0);
        }
        if (b != null) {
            Nd4j.exec(new BroadcastAddOp(y, b, y, 1));
        }
        if (residual != null) {
            y.addi(residual);
        }
    }

    @Override
    public void frozenLinear(INDArray x, INDArray w, INDArray scales, INDArray b, INDArray residual, INDArray y) {
        linear(x, widened(w, scales), b, residual, y);
    }

    @Override
    public void frozenLinearGrad(INDArray dy, INDArray w, INDArray scales, INDArray dx, boolean addX) {
        requireFp32(dy, dx);
        INDArray wide = widened(w, scales);
        into(dx, addX, out -> gemm(dy, false, wide, false, out, 1, 0));
    }

    /** Weights that are not trained, in fp32. */
    private INDArray widened(INDArray w, INDArray scales) {
        if (w.dataType() == DataType.FLOAT) {
            return w;
        }
        INDArray wide = scratch.take("widened", w.shape()).assign(w);
        return scales == null ? wide : wide.muliColumnVector(scales);
    }

    @Override
    public void lowRank(INDArray x, INDArray a, INDArray b, LowRankBranch branch, INDArray y) {
        requireFp32(x, y);
        lowRank.forward(x, a, b, branch, y);
    }

    @Override
    public void lowRankGrad(
            INDArray dy, INDArray x, INDArray a, INDArray b, LowRankBranch branch, INDArray dx, INDArray da, boolean addA, INDArray db, boolean addB) {
        requireFp32(dy, x);
        lowRank.backward(dy, x, a, b, branch, dx, da, addA, db, addB);
    }

    private static void requireFp32(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (array.dataType() != DataType.FLOAT) {
                throw new IllegalArgumentException("the nd4j kernels compute in fp32 alone, not in " + array.dataType());
            }
        }
    }

    @Override
    public void linearGrad(INDArray dy, INDArray x, INDArray w, INDArray dx, boolean addX, INDArray dw, INDArray db, boolean addW) {
        requireFp32(dy, x, dx);
        into(dx, addX, out -> gemm(dy, false, w, false, out, 1, 0));
        into(dw, addW, out -> gemm(dy, true, x, false, out, 1, 0));
        if (db != null) {
            into(db, addW, out -> dy.sum(out, 0));
        }
    }

    private void into(INDArray target, boolean add, Consumer<INDArray> compute) {
        scratch.into(target, add, compute);
    }

    @Override
    public void rmsNorm(INDArray x, INDArray w, double eps, INDArray y) {
        requireFp32(x, y);
        try (INDArray scale = reciprocalRms(x, eps)) {
            Nd4j.exec(new BroadcastMulOp(x, scale, y, 0));
        }
        Nd4j.exec(new BroadcastMulOp(y, w, y, 1));
    }

    /** {@code 1 / sqrt(mean(x²) + eps)} of each row, [N]. */
    private static INDArray reciprocalRms(INDArray x, double eps) {
        INDArray norm = x.norm2(1);
        norm.muli(norm).divi(x.size(1)).addi(eps);
        Nd4j.getExecutioner().exec(new org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt(norm, norm));
        return norm;
    }

    @Override
    public void rmsNormGrad(INDArray dy, INDArray x, INDArray w, double eps, INDArray dx, boolean addX, INDArray dw, boolean addW) {
        INDArray normed = scratch.take("normed", x.shape());
        INDArray product = scratch.take("product", x.shape());
        try (INDArray scale = reciprocalRms(x, eps)) {
            Nd4j.exec(new BroadcastMulOp(x, scale, normed, 0));
            dy.muli(normed, product);
            if (dw != null) {
                into(dw, addW, out -> product.sum(out, 0));
            }
            // With n = x·scale and g = dy·w: dx = scale·(g − n·mean(g·n)).
            Nd4j.exec(new BroadcastMulOp(product, w, product, 1));
            try (INDArray mean = product.mean(1)) {
                Nd4j.exec(new BroadcastMulOp(normed, mean, normed, 0));
            }
            into(dx, addX, out -> {
                Nd4j.exec(new BroadcastMulOp(dy, w, out, 1));
                out.subi(normed);
                Nd4j.exec(new BroadcastMulOp(out, scale, out, 0));
            });
        }
    }

    @Override
    public void rotary(INDArray x, INDArray cos, INDArray sin, boolean inverse, INDArray y) {
        long n = x.size(0);
        long half = cos.size(1);
        long heads = x.size(1) / (2 * half);
        INDArray a = half(x, n, heads, half, 0);
        INDArray b = half(x, n, heads, half, half);
        INDArray first = half(y, n, heads, half, 0);
        INDArray second = half(y, n, heads, half, half);
        INDArray turned = scratch.take("turned", n, heads, half);
        Nd4j.exec(new BroadcastMulOp(b, sin, turned, 0, 2));
        Nd4j.exec(new BroadcastMulOp(a, cos, first, 0, 2));
        addSigned(first, turned, !inverse);
        Nd4j.exec(new BroadcastMulOp(a, sin, turned, 0, 2));
        Nd4j.exec(new BroadcastMulOp(b, cos, second, 0, 2));
        addSigned(second, turned, inverse);
    }

    private static void addSigned(INDArray to, INDArray what, boolean subtract) {
        if (subtract) {
            to.subi(what);
        } else {
            to.addi(what);
        }
    }

    /** One half of every head of [N, heads · d], as a view [N, heads, d / 2]. */
    private static INDArray half(INDArray x, long n, long heads, long half, long offset) {
        long[] strides = {heads * 2 * half, 2 * half, 1};
        return Nd4j.create(x.data(), new long[] {n, heads, half}, strides, x.offset() + offset, 'c', x.dataType());
    }

    @Override
    public void attention(INDArray q, INDArray k, INDArray v, INDArray starts, Heads heads, INDArray out) {
        attention.forward(q, k, v, starts.toIntVector(), heads, out);
    }

    @Override
    public void attentionGrad(
            INDArray dOut, INDArray q, INDArray k, INDArray v, INDArray starts, Heads heads, INDArray dq, INDArray dk, INDArray dv) {
        attention.backward(dOut, q, k, v, starts.toIntVector(), heads, dq, dk, dv);
    }

    @Override
    public void pagedAttention(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray starts,
            INDArray past,
            INDArray blocks,
            INDArray keyCache,
            INDArray valueCache,
            Heads heads,
            INDArray out) {
        PagedRows rows = new PagedRows(starts.toIntVector(), past.toIntVector(), blocks.toIntVector(), (int) keyCache.size(1));
        attention.paged(q, k, v, rows, keyCache, valueCache, heads, out);
    }

    @Override
    public void project(INDArray x, INDArray w, INDArray b, INDArray residual, INDArray y) {
        linear(x, w, b, residual, y);
    }

    @Override
    public void gatedProject(INDArray x, INDArray gate, INDArray up, INDArray y) {
        INDArray gates = scratch.take("gates", y.shape());
        INDArray ups = scratch.take("ups", y.shape());
        linear(x, gate, null, null, gates);
        linear(x, up, null, null, ups);
        swiGlu(gates, ups, y);
    }

    @Override
    public void splitHeads(INDArray qkv, INDArray cos, INDArray sin, INDArray q, INDArray k, INDArray v) {
        long keys = q.size(1);
        long values = keys + k.size(1);
        rotary(columns(qkv, 0, keys, "queries"), cos, sin, false, q);
        rotary(columns(qkv, keys, values, "keys"), cos, sin, false, k);
        v.assign(qkv.get(NDArrayIndex.all(), NDArrayIndex.interval(values, qkv.size(1))));
    }

    private INDArray columns(INDArray matrix, long from, long to, String name) {
        return scratch.take(name, matrix.size(0), to - from).assign(matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to)));
    }

    @Override
    public void swiGlu(INDArray gate, INDArray up, INDArray y) {
        Nd4j.getExecutioner().exec(new Sigmoid(gate, y));
        y.muli(gate).muli(up);
    }

    @Override
    public void swiGluGrad(INDArray dy, INDArray gate, INDArray up, INDArray dGate, INDArray dUp) {
        INDArray sigmoid = scratch.take("sigmoid", gate.shape());
        Nd4j.getExecutioner().exec(new Sigmoid(gate, sigmoid));
        sigmoid.muli(gate, dUp).muli(dy);
        // silu' = s·(1 + x·(1 − s))
        sigmoid.rsubi(1, dGate).muli(gate).addi(1).muli(sigmoid).muli(up).muli(dy);
    }

    @Override
    public void gatherRows(INDArray table, INDArray rows, INDArray y) {
        if (table.dataType() == y.dataType()) {
            gather(table, rows, y);
            return;
        }
        try (INDArray narrow = Nd4j.createUninitialized(table.dataType(), y.shape())) {
            gather(table, rows, narrow);
            y.assign(narrow);
        }
    }

    private static void gather(INDArray table, INDArray rows, INDArray y) {
        Nd4j.exec(DynamicCustomOp.builder("gather").addInputs(table, rows).addOutputs(y).addIntegerArguments(0).build());
    }

    @Override
    public void gatherRowsGrad(INDArray dy, INDArray rows, INDArray dTable, boolean add) {
        into(dTable, add, out -> {
            out.assign(0);
            // "lock" makes repeated rows add up one after the other.
            Nd4j.exec(DynamicCustomOp.builder("scatter_add")
                    .addInputs(out, rows, dy)
                    .addOutputs(out)
                    .addBooleanArguments(true)
                    .build());
        });
    }

    @Override
    public void tokenLogProbs(INDArray h, INDArray w, INDArray ids, double temperature, INDArray logProbs, INDArray entropy) {
        tokenLogProbs.forward(h, widened(w, null), ids, temperature, logProbs, entropy);
    }

    @Override
    public void tokenLogProbsGrad(
            INDArray dLogProbs,
            INDArray dEntropy,
            INDArray h,
            INDArray w,
            INDArray ids,
            double temperature,
            INDArray dh,
            INDArray dw,
            boolean addW) {
        INDArray wide = widened(w, null);
        if (dw == null) {
            tokenLogProbs.backward(dLogProbs, dEntropy, h, wide, ids, temperature, dh, null);
        } else {
            into(dw, addW, out -> tokenLogProbs.backward(dLogProbs, dEntropy, h, wide, ids, temperature, dh, out));
        }
    }
}
