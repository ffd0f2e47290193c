package thinkj.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What the graph's nodes compute with. Outputs are allocated by the caller and overwritten whole, or added to where a flag says so: as
 * if the result had been computed on its own and then added. Arrays are of the types that {@link thinkj.kernels} lists. An instance is
 * used by one thread at a time.
 */
public interface Kernels extends AutoCloseable {

    /** Name for logs and reports. */
    String name();

    /** Told, before anything is computed, that no gradient will be asked for. */
    default void forwardOnly() {}

    /** Gives back the memory that is kept between calls, at once; the garbage collector would, some time. The last call of all. */
    @Override
    default void close() {}

    /**
     * {@code y = x·wᵀ + b + residual}: x [N, in], w [out, in].
     *
     * @param b [out] or null
     * @param residual [N, out] or null; fp32, and then y is fp32 too
     * @param y [N, out]
     */
    void linear(INDArray x, INDArray w, INDArray b, INDArray residual, INDArray y);

    /**
     * Gradient of {@link #linear}: {@code dx = dy·w}, {@code dw = dyᵀ·x}, {@code db} = sum of dy over rows (null without bias). The
     * residual's gradient is dy itself.
     *
     * @param addX adds to dx, which is then fp32
     * @param addW adds to dw and db
     */
    void linearGrad(INDArray dy, INDArray x, INDArray w, INDArray dx, boolean addX, INDArray dw, INDArray db, boolean addW);

    /**
     * {@link #linear} with weights that are not trained, in the type that they are kept in.
     *
     * @param w [out, in], fp32, bf16 or int8
     * @param scales fp32 [out], what an int8 1 stands for in each row of w; null where w is not int8
     */
    void frozenLinear(INDArray x, INDArray w, INDArray scales, INDArray b, INDArray residual, INDArray y);

    /** The one gradient that {@link #frozenLinear} has: {@code dx = dy·w}. */
    void frozenLinearGrad(INDArray dy, INDArray w, INDArray scales, INDArray dx, boolean addX);

    /**
     * {@code y += scale · d(x)·aᵀ·bᵀ} with d the branch's dropout: x [N, in], a [r, in], b [out, r], both fp32.
     *
     * @param y [N, out]
     */
    void lowRank(INDArray x, INDArray a, INDArray b, LowRankBranch branch, INDArray y);

    /**
     * Gradient of {@link #lowRank}; {@code d(x)·aᵀ} is computed again rather than kept.
     *
     * @param dx what is added to; null if nobody asks for it
     * @param addA adds to da
     * @param addB adds to db
     */
    void lowRankGrad(
            INDArray dy, INDArray x, INDArray a, INDArray b, LowRankBranch branch, INDArray dx, INDArray da, boolean addA, INDArray db, boolean addB);

    /** {@code y = x / sqrt(mean(x²) + eps) · w} by rows: x, y [N, D], w [D]. */
    void rmsNorm(INDArray x, INDArray w, double eps, INDArray y);

    /** As {@link #preparedProject}. */
    default Runnable preparedRmsNorm(INDArray x, INDArray w, double eps, INDArray y) {
        return () -> rmsNorm(x, w, eps, y);
    }

    /** Gradient of {@link #rmsNorm}; dw is null where the weights are not trained. */
    void rmsNormGrad(INDArray dy, INDArray x, INDArray w, double eps, INDArray dx, boolean addX, INDArray dw, boolean addW);

    /**
     * Rotary embedding, halves convention: each head {@code (a, b)} becomes {@code (a·cos − b·sin, b·cos + a·sin)}.
     *
     * @param x [N, heads · d]
     * @param cos [N, d / 2]
     * @param sin [N, d / 2]
     * @param inverse rotates back, which is the gradient
     */
    void rotary(INDArray x, INDArray cos, INDArray sin, boolean inverse, INDArray y);

    /**
     * Causal grouped-query attention within each sequence of a packed batch, scores scaled by {@code 1 / sqrt(d)}.
     *
     * @param q [N, H · d]
     * @param k [N, K · d]
     * @param v [N, K · d]
     * @param starts sequence borders, [S + 1]
     * @param out [N, H · d]
     */
    void attention(INDArray q, INDArray k, INDArray v, INDArray starts, Heads heads, INDArray out);

    /** Gradient of {@link #attention}; probabilities are computed again rather than kept. */
    void attentionGrad(
            INDArray dOut, INDArray q, INDArray k, INDArray v, INDArray starts, Heads heads, INDArray dq, INDArray dk, INDArray dv);

    /**
     * {@link #attention} of new tokens over a paged cache: the new keys and values are written behind the {@code past} tokens of each
     * sequence, and the new queries see all of them up to their own. See {@link PagedRows} for where they lie.
     *
     * @param q [N, H · d]; rows that belong to no sequence are left out
     * @param starts borders of the new tokens, [S + 1]
     * @param past tokens already in each sequence's blocks, [S]
     * @param blocks numbers of the sequences' blocks
     * @param keyCache [blocks, tokens of a block, K · d], changed in place
     * @param valueCache as {@code keyCache}
     * @param out zero for rows that belong to no sequence
     */
    void pagedAttention(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray starts,
            INDArray past,
            INDArray blocks,
            INDArray keyCache,
            INDArray valueCache,
            Heads heads,
            INDArray out);

    /**
     * {@link #linear} that has no gradient.
     *
     * @param w [out, in], or what {@link Packing#pack} made of it
     */
    void project(INDArray x, INDArray w, INDArray b, INDArray residual, INDArray y);

    /** {@link #project} for these very arrays, to be run whenever their values have changed; so are the others that are prepared. */
    default Runnable preparedProject(INDArray x, INDArray w, INDArray b, INDArray residual, INDArray y) {
        return () -> project(x, w, b, residual, y);
    }

    /**
     * {@code y = silu(x·gateᵀ) · (x·upᵀ)}, without a gradient.
     *
     * @param gate [F, D], or what {@link Packing#pack} made of it, as up
     * @param y [N, F]
     */
    void gatedProject(INDArray x, INDArray gate, INDArray up, INDArray y);

    /** As {@link #preparedProject}. */
    default Runnable preparedGatedProject(INDArray x, INDArray gate, INDArray up, INDArray y) {
        return () -> gatedProject(x, gate, up, y);
    }

    /**
     * Queries, keys and values that one projection gave, taken apart; queries and keys rotated as by {@link #rotary}.
     *
     * @param qkv [N, (H + 2K) · d]
     * @param q [N, H · d]
     * @param k [N, K · d], as v
     */
    void splitHeads(INDArray qkv, INDArray cos, INDArray sin, INDArray q, INDArray k, INDArray v);

    /** {@code y = silu(gate) · up}: all [N, F]. */
    void swiGlu(INDArray gate, INDArray up, INDArray y);

    /** Gradient of {@link #swiGlu}. */
    void swiGluGrad(INDArray dy, INDArray gate, INDArray up, INDArray dGate, INDArray dUp);

    /** {@code y[i] = table[rows[i]]}: table [V, D], rows [N], y [N, D], fp32 or of the table's type. */
    void gatherRows(INDArray table, INDArray rows, INDArray y);

    /** Gradient of {@link #gatherRows} for the table: sums of dy by row, repeated rows included; zero elsewhere. */
    void gatherRowsGrad(INDArray dy, INDArray rows, INDArray dTable, boolean add);

    /**
     * Log-probability of each target and entropy of its distribution, over logits {@code h·wᵀ / temperature}, in chunks of tokens so
     * that [M, V] is never held whole.
     *
     * @param h hidden states that predict, [M, D]
     * @param w projection to the vocabulary, [V, D], fp32 or, where it is not trained, bf16
     * @param ids targets, [M]
     * @param logProbs [M]
     * @param entropy [M]; null if nobody asks for it
     */
    void tokenLogProbs(INDArray h, INDArray w, INDArray ids, double temperature, INDArray logProbs, INDArray entropy);

    /** Gradient of {@link #tokenLogProbs}; logits are computed again rather than kept. dw is null where w is not trained. */
    void tokenLogProbsGrad(
            INDArray dLogProbs,
            INDArray dEntropy,
            INDArray h,
            INDArray w,
            INDArray ids,
            double temperature,
            INDArray dh,
            INDArray dw,
            boolean addW);
}
