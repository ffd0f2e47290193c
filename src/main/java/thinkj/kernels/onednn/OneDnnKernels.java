package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Heads;
import thinkj.kernels.Kernels;
import thinkj.kernels.LowRankBranch;
import thinkj.kernels.PagedRows;
import thinkj.kernels.Precision;

/** The CPU's fast kernels, for fp32 and for bf16; only where {@link OneDnn#problem} has nothing to say. */
public final class OneDnnKernels implements Kernels {
    /** Exponentials of 1024 targets over the largest vocabulary, fp32; of 2048 in bf16. */
    private static final long KEPT_BYTES = 640L << 20;

    /** About what a prepared product takes of native memory, most of it code: 520 to 700 KB each of a hundred different ones. */
    private static final long PRODUCT_BYTES = 512 << 10;

    /** Products of a layer and of token log-probabilities, attention's apart. */
    private static final long OTHER_PRODUCTS = 32;

    private final Operands operands;
    private final OneDnnLinear linear;
    private final OneDnnLowRank lowRank;
    private final OneDnnProjection projection;
    private final OneDnnElementwise elementwise;
    private final OneDnnAttention attention;
    private final OneDnnPagedAttention pagedAttention;
    private final HeadSplit headSplit = new HeadSplit();
    private final OneDnnTokenLogProbs tokenLogProbs;

    /**
     * Bytes of exponentials that are kept from token log-probabilities to their gradient, at most, and of the fp32 block that those of
     * another type are rounded from.
     */
    public static long keptBytes(Precision precision, long targets, long vocabulary) {
        long kept = Math.min(KEPT_BYTES, targets * vocabulary * precision.activations().width());
        return precision == Precision.FP32 ? kept : kept + Float.BYTES * targets * VocabularyBlocks.width(targets, vocabulary);
    }

    /**
     * Bytes of what is prepared for a graph, about, for one sequence of so many tokens.
     *
     * @param cores that compute it, each with attention prepared for itself
     */
    public static long preparedBytes(long tokens, int cores) {
        return PRODUCT_BYTES * (OTHER_PRODUCTS + cores * GroupAttention.products(tokens));
    }

    /** @param copies of the model's weights, shared with other graphs over it; unused in fp32 */
    public OneDnnKernels(WeightCopies copies, Precision precision) {
        operands = new Operands(new Primitives(), copies, precision);
        linear = new OneDnnLinear(operands);
        lowRank = new OneDnnLowRank(operands);
        projection = new OneDnnProjection(operands, precision);
        elementwise = new OneDnnElementwise(operands);
        attention = new OneDnnAttention(operands.primitives());
        pagedAttention = new OneDnnPagedAttention();
        tokenLogProbs = new OneDnnTokenLogProbs(operands, KEPT_BYTES);
    }

    @Override
    public String name() {
        return "onednn";
    }

    @Override
    public void forwardOnly() {
        linear.forwardOnly();
        tokenLogProbs.forwardOnly();
    }

    @Override
    public void close() {
        pagedAttention.close();
        headSplit.close();
        attention.close();
        elementwise.close();
        operands.primitives().scratch().close();
    }

    @Override
    public void linear(INDArray x, INDArray w, INDArray b, INDArray residual, INDArray y) {
        linear.forward(x, w, null, b, residual, y);
    }

    @Override
    public void linearGrad(INDArray dy, INDArray x, INDArray w, INDArray dx, boolean addX, INDArray dw, INDArray db, boolean addW) {
        linear.backward(dy, x, w, dx, addX, dw, db, addW);
    }

    @Override
    public void frozenLinear(INDArray x, INDArray w, INDArray scales, INDArray b, INDArray residual, INDArray y) {
        linear.forward(x, w, scales, b, residual, y);
    }

    @Override
    public void frozenLinearGrad(INDArray dy, INDArray w, INDArray scales, INDArray dx, boolean addX) {
        linear.backward(dy, w, scales, dx, addX);
    }

    @Override
    public void lowRank(INDArray x, INDArray a, INDArray b, LowRankBranch branch, INDArray y) {
        lowRank.forward(x, a, b, branch, y);
    }

    @Override
    public void lowRankGrad(
            INDArray dy, INDArray x, INDArray a, INDArray b, LowRankBranch branch, INDArray dx, INDArray da, boolean addA, INDArray db, boolean addB) {
        lowRank.backward(dy, x, a, b, branch, dx, da, addA, db, addB);
    }

    @Override
    public void rmsNorm(INDArray x, INDArray w, double eps, INDArray y) {
        elementwise.rmsNorm(x, w, eps, y);
    }

    @Override
    public Runnable preparedRmsNorm(INDArray x, INDArray w, double eps, INDArray y) {
        return prepared(true, () -> elementwise.rmsNorm(x, w, eps, y));
    }

    @Override
    public void rmsNormGrad(INDArray dy, INDArray x, INDArray w, double eps, INDArray dx, boolean addX, INDArray dw, boolean addW) {
        long gradient = operands.as(DataType.FLOAT, dy, "dy");
        RmsNormGrad.run(gradient, operands.as(DataType.FLOAT, x, "x"), w, eps, dx, addX, dw, addW);
    }

    @Override
    public void rotary(INDArray x, INDArray cos, INDArray sin, boolean inverse, INDArray y) {
        elementwise.rotary(x, cos, sin, inverse, y);
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
        PagedRows rows = new PagedRows(Memory.ints(starts), Memory.ints(past), Memory.ints(blocks), (int) keyCache.size(1));
        pagedAttention.attend(q, k, v, rows, keyCache, valueCache, heads, out);
    }

    @Override
    public void project(INDArray x, INDArray w, INDArray b, INDArray residual, INDArray y) {
        projection.project(x, w, b, residual, y);
    }

    @Override
    public Runnable preparedProject(INDArray x, INDArray w, INDArray b, INDArray residual, INDArray y) {
        return prepared(projection.canPrepare(w), () -> projection.project(x, w, b, residual, y));
    }

    private Runnable prepared(boolean can, Runnable computation) {
        return can ? operands.primitives().prepared(computation) : computation;
    }

    @Override
    public void gatedProject(INDArray x, INDArray gate, INDArray up, INDArray y) {
        projection.gated(x, gate, up, y);
    }

    @Override
    public Runnable preparedGatedProject(INDArray x, INDArray gate, INDArray up, INDArray y) {
        return prepared(projection.canPrepare(gate) && projection.canPrepare(up), () -> projection.gated(x, gate, up, y));
    }

    @Override
    public void splitHeads(INDArray qkv, INDArray cos, INDArray sin, INDArray q, INDArray k, INDArray v) {
        headSplit.run(qkv, cos, sin, q, k, v);
    }

    @Override
    public void swiGlu(INDArray gate, INDArray up, INDArray y) {
        elementwise.swiGlu(gate, up, y);
    }

    @Override
    public void swiGluGrad(INDArray dy, INDArray gate, INDArray up, INDArray dGate, INDArray dUp) {
        elementwise.swiGluGrad(dy, gate, up, dGate, dUp);
    }

    @Override
    public void gatherRows(INDArray table, INDArray rows, INDArray y) {
        Loops.gatherRows(table, rows, y);
    }

    @Override
    public void gatherRowsGrad(INDArray dy, INDArray rows, INDArray dTable, boolean add) {
        Loops.gatherRowsGrad(operands.as(DataType.FLOAT, dy, "dy"), rows, dTable, add);
    }

    @Override
    public void tokenLogProbs(INDArray h, INDArray w, INDArray ids, double temperature, INDArray logProbs, INDArray entropy) {
        tokenLogProbs.forward(h, w, ids, temperature, logProbs, entropy);
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
        tokenLogProbs.backward(dLogProbs, dEntropy, h, w, ids, temperature, dh, dw, addW);
    }
}
