package thinkj.kernels.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import thinkj.kernels.Heads;

/**
 * Causal attention of the query heads that share a key and value head, over one sequence, in blocks of queries: scores for the keys up to
 * a block's end, softmax in fp32, product with the values. Later keys cost nothing except within the block, and the backward pass computes
 * each block's probabilities again. In bf16 the probabilities and their gradients are bf16 between the products.
 */
final class GroupAttention {
    /**
     * Queries of a head in a block. Half the masked part of a block's own keys is wasted; smaller blocks put keys and values into a
     * product's own order more often, which costs as much again.
     */
    private static final long BLOCK = 128;

    /** More would be too many primitives, all different, for one length. */
    private static final long MOST_BLOCKS = 32;

    private final Primitives primitives;
    private final NativeScratch scratch;
    private float[] hiding = {};
    private Layout masked;

    GroupAttention(Primitives primitives) {
        this.primitives = primitives;
        scratch = primitives.scratch();
    }

    /** What a group of one sequence reads: addresses of its first row and column of q, k and v. */
    record Group(Heads heads, DataType type, long tokens, long q, long k, long v) {

        private static long step(long tokens) {
            return Math.max(BLOCK, (tokens + BLOCK * MOST_BLOCKS - 1) / (BLOCK * MOST_BLOCKS) * BLOCK);
        }

        /** Bytes from a block's first row of q to that of the next token. */
        private long queryBytes() {
            return (long) heads.query() * heads.size() * type.width();
        }

        private double scale() {
            return 1 / Math.sqrt(heads.size());
        }
    }

    /** Gradients of a group, as {@link Group}: dk and dv are sums in fp32. */
    record Gradients(long dOut, long dq, long dk, long dv) {}

    /**
     * @param past tokens whose keys and values come before those of the queries
     * @param out as q
     */
    void forward(Group group, long past, long out) {
        long step = Group.step(group.tokens);
        for (long from = 0; from < group.tokens; from += step) {
            AttentionTile tile = new AttentionTile(group.heads, group.type, past + from, Math.min(step, group.tokens - from));
            long row = from * group.queryBytes();
            long p = probabilities(tile, group, gather(tile, group.q + row, "q"));
            long result = memory(tile, "result");
            primitives.matMul(tile.flat(tile.type()), tile.keys(tile.keys()), null, tile.stacked(), PostOps.NONE).run(p, group.v, result);
            primitives.reorder(tile.gathered(), tile.queries(), PostOps.NONE).run(result, out + row);
        }
    }

    /** The last block first: it sees all keys, so what it gives for dk and dv can overwrite whatever is there. */
    void backward(Group group, Gradients to) {
        long step = Group.step(group.tokens);
        PostOps scaled = PostOps.NONE.scale(group.scale());
        for (long from = (group.tokens - 1) / step * step; from >= 0; from -= step) {
            AttentionTile tile = new AttentionTile(group.heads, group.type, from, Math.min(step, group.tokens - from));
            long row = from * group.queryBytes();
            long q = gather(tile, group.q + row, "q");
            long dOut = gather(tile, to.dOut + row, "dOut");
            long p = probabilities(tile, group, q);
            long dScores = scoresGrad(tile, p, dOut, group.v);
            long dq = memory(tile, "result");
            primitives.matMul(tile.flat(tile.type()), tile.keys(tile.keys()), null, tile.stacked(), scaled).run(dScores, group.k, dq);
            primitives.reorder(tile.gathered(), tile.queries(), PostOps.NONE).run(dq, to.dq + row);
            boolean last = tile.keys() == group.tokens;
            addTransposed(tile, p, dOut, to.dv, last ? PostOps.NONE : PostOps.NONE.sum());
            addTransposed(tile, dScores, q, to.dk, last ? scaled : scaled.sum());
        }
    }

    /** Address of a block's probabilities, [G · rows, keys]. */
    private long probabilities(AttentionTile tile, Group group, long q) {
        long scores = scratch.take("scores", tile.scores() * Float.BYTES);
        PostOps scaled = PostOps.NONE.scale(group.scale());
        if (tile.first() > 0) {
            primitives.matMul(tile.stacked(), tile.keys(tile.first()).transposed(), null, tile.earlierScores(), scaled).run(q, group.k, scores);
        }
        long own = group.k + tile.first() * tile.heads().keyValue() * tile.heads().size() * tile.type().width();
        primitives.matMul(tile.gathered(), tile.ownKeys().transposed(), null, tile.ownScores(), scaled.add(tile.mask()))
                .run(q, own, scores + tile.first() * Float.BYTES, mask(tile));
        long p = tile.type() == DataType.FLOAT ? scores : scratch.take("probabilities", tile.scores() * tile.type().width());
        primitives.softmax(tile.flat(DataType.FLOAT), tile.flat(tile.type())).run(scores, p);
        return p;
    }

    /** Address of what hides later keys of a block, laid out as {@link AttentionTile#mask}. */
    private long mask(AttentionTile tile) {
        long at = scratch.take("mask", tile.rows() * tile.keys() * Float.BYTES);
        if (!tile.mask().equals(masked)) {
            masked = tile.mask();
            int rows = (int) tile.rows();
            if (hiding.length != 2 * rows) {
                hiding = new float[2 * rows];
                Arrays.fill(hiding, rows, 2 * rows, Float.NEGATIVE_INFINITY);
            }
            FloatBuffer mask = Memory.buffer(at, tile.rows() * tile.keys() * Float.BYTES).asFloatBuffer();
            for (int row = 0; row < rows; row++) {
                mask.put((int) (row * tile.keys()), hiding, rows - 1 - row, rows);
            }
        }
        return at;
    }

    /** Address of the gradient of a block's scores, {@code p·(dp − Σ p·dp)} with {@code dp = dOut·vᵀ}, laid out as p. */
    private long scoresGrad(AttentionTile tile, long p, long dOut, long v) {
        long dp = scratch.take("dp", tile.scores() * tile.type().width());
        Layout flat = tile.flat(tile.type());
        primitives.matMul(tile.stacked(), tile.keys(tile.keys()).transposed(), null, flat, PostOps.NONE).run(dOut, v, dp);
        primitives.softmaxGrad(flat, flat).run(p, dp, dp);
        return dp;
    }

    /** {@code sums (+)= aᵀ·rows}, over a block's queries and over the heads of the group. */
    private void addTransposed(AttentionTile tile, long a, long rows, long sums, PostOps then) {
        primitives.matMul(tile.flat(tile.type()).transposed(), tile.stacked(), null, tile.sums(), then).run(a, rows, sums);
    }

    private long gather(AttentionTile tile, long queries, String name) {
        long to = memory(tile, name);
        primitives.reorder(tile.queries(), tile.gathered(), PostOps.NONE).run(queries, to);
        return to;
    }

    private long memory(AttentionTile tile, String name) {
        return scratch.take(name, tile.stackedRows() * tile.heads().size() * tile.type().width());
    }
}
