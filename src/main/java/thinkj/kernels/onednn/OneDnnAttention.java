package thinkj.kernels.onednn;

import static thinkj.kernels.onednn.Operands.row;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Heads;

/**
 * Causal grouped-query attention in blocks of queries: scores of a block for the keys up to its end, all heads in one product, softmax
 * in fp32, product with the values. Later keys cost nothing except within the block, [H, T, T] is never held whole, and the backward
 * pass computes each block's probabilities again. In bf16 the probabilities and their gradients are bf16 between the products.
 *
 * <p>A sequence's length is rounded up, by {@link Lengths}; such a sequence is copied to where zeros can follow it.
 * Queries of zeros change nothing: no real query sees their keys, and their own gradient is zero.
 */
final class OneDnnAttention {
    /**
     * Queries in a block: 128 by 2048 scores of 14 heads are 14 MiB. Half the masked part of a block's own keys is wasted; smaller blocks
     * put keys and values into a product's own order more often, which costs as much again.
     */
    private static final long BLOCK = 128;

    /** More would be too many primitives, all different, for one length. */
    private static final long MOST_BLOCKS = 32;

    private final Primitives primitives;
    private final NativeScratch scratch;
    private final Set<Long> masks = new HashSet<>();

    OneDnnAttention(Primitives primitives) {
        this.primitives = primitives;
        scratch = primitives.scratch();
    }

    /** One sequence's rows in every operand, by addresses; rounded up in length. */
    private record Sequence(Heads heads, DataType type, long tokens, long q, long k, long v) {}

    /** Where the gradients of one sequence go: dk and dv are sums in fp32. */
    private record Gradients(long dOut, long dq, long dk, long dv) {}

    void forward(INDArray q, INDArray k, INDArray v, int[] starts, Heads heads, INDArray out) {
        Operands.requireOneType(q, k, v, out);
        for (int s = 0; s + 1 < starts.length; s++) {
            long first = starts[s];
            long tokens = starts[s + 1] - first;
            long to = writable(out, first, tokens, "attention.out");
            attend(sequence(q, k, v, first, tokens, heads), to);
            giveBack(to, out, first, tokens);
        }
    }

    void backward(INDArray dOut, INDArray q, INDArray k, INDArray v, int[] starts, Heads heads, INDArray dq, INDArray dk, INDArray dv) {
        Operands.requireOneType(q, k, v, dOut, dq);
        for (int s = 0; s + 1 < starts.length; s++) {
            long first = starts[s];
            long tokens = starts[s + 1] - first;
            if (tokens > 0) {
                Sequence sequence = sequence(q, k, v, first, tokens, heads);
                long dOutRows = readable(dOut, first, tokens, "attention.dOut");
                long dqRows = writable(dq, first, tokens, "attention.dq");
                long dkSums = sums(dk, first, tokens, "attention.dkSums");
                long dvSums = sums(dv, first, tokens, "attention.dvSums");
                differentiate(sequence, new Gradients(dOutRows, dqRows, dkSums, dvSums));
                giveBack(dqRows, dq, first, tokens);
                round(dkSums, dk, first, tokens, "attention.dk");
                round(dvSums, dv, first, tokens, "attention.dv");
            }
        }
    }

    private void attend(Sequence s, long out) {
        long step = step(s.tokens);
        for (long from = 0; from < s.tokens; from += step) {
            AttentionTile tile = new AttentionTile(s.heads, s.type, from, Math.min(step, s.tokens - from));
            long row = from * s.heads.query() * s.heads.size() * s.type.width();
            long p = probabilities(tile, s.q + row, s.k);
            Layout queries = tile.queries();
            primitives.matMul(tile.probabilities(), tile.keys(tile.keys()), null, queries, PostOps.NONE).run(p, s.v, out + row);
        }
    }

    private static long step(long tokens) {
        return Math.max(BLOCK, (tokens + BLOCK * MOST_BLOCKS - 1) / (BLOCK * MOST_BLOCKS) * BLOCK);
    }

    /** Address of a block's probabilities, [K, G, rows, keys]. */
    private long probabilities(AttentionTile tile, long q, long k) {
        long scores = scratch.take("attention.scores", tile.scores() * Float.BYTES);
        double scale = 1 / Math.sqrt(tile.heads().size());
        Layout queries = tile.queries();
        if (tile.first() > 0) {
            primitives.matMul(queries, tile.keys(tile.first()).transposed(), null, tile.scores(tile.first()), PostOps.NONE.scale(scale))
                    .run(q, k, scores);
        }
        long width = (long) tile.heads().keyValue() * tile.heads().size() * tile.type().width();
        PostOps masked = PostOps.NONE.scale(scale).add(tile.mask());
        primitives.matMul(queries, tile.keys(tile.rows()).transposed(), null, tile.scores(tile.rows()), masked)
                .run(q, k + tile.first() * width, scores + tile.first() * Float.BYTES, mask(tile));
        long p = tile.type() == DataType.FLOAT ? scores : scratch.take("attention.p", tile.scores() * tile.type().width());
        primitives.softmax(tile.flat(DataType.FLOAT), tile.flat(tile.type())).run(scores, p);
        return p;
    }

    /** Address of what hides later keys of a block, laid out as {@link AttentionTile#mask}. */
    private long mask(AttentionTile tile) {
        long rows = tile.rows();
        long dense = scratch.take("attention.mask" + rows, rows * rows * Float.BYTES);
        if (masks.add(rows)) {
            float[] hidden = new float[Math.toIntExact(rows * rows)];
            for (int row = 0; row < rows; row++) {
                Arrays.fill(hidden, (int) (row * rows + row + 1), (int) ((row + 1) * rows), Float.NEGATIVE_INFINITY);
            }
            Memory.write(hidden, hidden.length, dense);
        }
        if (tile.first() == 0) {
            return dense;
        }
        long spread = scratch.take("attention.mask", rows * tile.keys() * Float.BYTES);
        for (long row = 0; row < rows; row++) {
            Memory.copy(dense + row * rows * Float.BYTES, spread + row * tile.keys() * Float.BYTES, rows * Float.BYTES);
        }
        return spread;
    }

    /** The last block first: it sees all keys, so what it gives for dk and dv can overwrite whatever is there. */
    private void differentiate(Sequence s, Gradients to) {
        long step = step(s.tokens);
        for (long from = (s.tokens - 1) / step * step; from >= 0; from -= step) {
            AttentionTile tile = new AttentionTile(s.heads, s.type, from, Math.min(step, s.tokens - from));
            long row = from * s.heads.query() * s.heads.size() * s.type.width();
            long p = probabilities(tile, s.q + row, s.k);
            long dScores = scoresGrad(tile, p, to.dOut + row, s.v);
            PostOps scaled = PostOps.NONE.scale(1 / Math.sqrt(s.heads.size()));
            Layout queries = tile.queries();
            primitives.matMul(tile.probabilities(), tile.keys(tile.keys()), null, queries, scaled).run(dScores, s.k, to.dq + row);
            boolean last = tile.keys() == s.tokens;
            addTransposed(tile, p, gathered(tile, to.dOut + row), to.dv, last ? PostOps.NONE : PostOps.NONE.sum());
            addTransposed(tile, dScores, gathered(tile, s.q + row), to.dk, last ? scaled : scaled.sum());
        }
    }

    /** Address of the gradient of a block's scores, {@code p·(dp − Σ p·dp)} with {@code dp = dOut·vᵀ}, laid out as p. */
    private long scoresGrad(AttentionTile tile, long p, long dOut, long v) {
        long dp = scratch.take("attention.dp", tile.scores() * tile.type().width());
        Layout values = tile.keys(tile.keys()).transposed();
        primitives.matMul(tile.queries(), values, null, tile.probabilities(), PostOps.NONE).run(dOut, v, dp);
        Layout flat = tile.flat(tile.type());
        primitives.softmaxGrad(flat, flat).run(p, dp, dp);
        return dp;
    }

    /** {@code sums (+)= aᵀ·rows}, over a block's queries and over the heads of a group. */
    private void addTransposed(AttentionTile tile, long a, long rows, long sums, PostOps then) {
        primitives.matMul(tile.stackedProbabilities().transposed(), tile.stacked(), null, tile.sums(), then).run(a, rows, sums);
    }

    private long gathered(AttentionTile tile, long queries) {
        long to = scratch.take("attention.gathered", (long) tile.heads().query() * tile.heads().size() * tile.rows() * tile.type().width());
        primitives.reorder(tile.queries(), tile.gathered(), PostOps.NONE).run(queries, to);
        return to;
    }

    private Sequence sequence(INDArray q, INDArray k, INDArray v, long first, long tokens, Heads heads) {
        long qRows = readable(q, first, tokens, "attention.q");
        long kRows = readable(k, first, tokens, "attention.k");
        long vRows = readable(v, first, tokens, "attention.v");
        return new Sequence(heads, q.dataType(), Lengths.rounded(tokens), qRows, kRows, vRows);
    }

    private static long bytes(INDArray of, long rows) {
        return rows * of.size(1) * of.dataType().width();
    }

    /** Rows followed by zeros up to the rounded length. */
    private long readable(INDArray of, long first, long tokens, String name) {
        long from = row(of, first);
        if (Lengths.rounded(tokens) == tokens) {
            return from;
        }
        long to = scratch.take(name, bytes(of, Lengths.rounded(tokens)));
        Memory.copy(from, to, bytes(of, tokens));
        Memory.zero(to + bytes(of, tokens), bytes(of, Lengths.rounded(tokens) - tokens));
        return to;
    }

    /** Where rows of the rounded length can be written, the array itself if it has room. */
    private long writable(INDArray of, long first, long tokens, String name) {
        return Lengths.rounded(tokens) == tokens ? row(of, first) : scratch.take(name, bytes(of, Lengths.rounded(tokens)));
    }

    private static void giveBack(long rows, INDArray to, long first, long tokens) {
        if (rows != row(to, first)) {
            Memory.copy(rows, row(to, first), bytes(to, tokens));
        }
    }

    /** Where dk or dv is summed up in fp32: the array itself, if it can hold that. */
    private long sums(INDArray of, long first, long tokens, String name) {
        if (of.dataType() == DataType.FLOAT) {
            return writable(of, first, tokens, name);
        }
        return scratch.take(name, Lengths.rounded(tokens) * of.size(1) * Float.BYTES);
    }

    /** Sums into the array, rounded to its type. */
    private void round(long sums, INDArray to, long first, long tokens, String name) {
        if (to.dataType() == DataType.FLOAT) {
            giveBack(sums, to, first, tokens);
            return;
        }
        long rows = writable(to, first, tokens, name);
        Layout wide = Layout.of(DataType.FLOAT, Lengths.rounded(tokens), to.size(1));
        primitives.reorder(wide, Layout.of(to.dataType(), Lengths.rounded(tokens), to.size(1)), PostOps.NONE).run(sums, rows);
        giveBack(rows, to, first, tokens);
    }
}
