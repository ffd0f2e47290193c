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
     * Queries of a head in a block, a multiple of it in long sequences. Half the masked part of a block's own keys is wasted; smaller
     * blocks put keys and values into a product's own order more often, which costs as much again.
     */
    private static final long BLOCK = 64;

    /** As {@link #BLOCK}, of a group of one. */
    private static final long BLOCK_OF_ONE_HEAD = 128;

    /** More would be too many primitives, all different, for one length. */
    private static final long MOST_BLOCKS = 32;

    /** Whose shapes are its own: {@link TileForward}'s and {@link TileBackward}'s. */
    private static final long PRODUCTS_OF_A_BLOCK = 7;

    /** Blocks that stay prepared, of each kind. */
    private static final int MOST_KEPT = 256;

    private final NativeScratch scratch;
    private final Kept<AttentionTile, TileForward> forward;
    private final Kept<AttentionTile, TileBackward> backward;
    private final Kept<AttentionTile, TileBackward> lastBackward;

    /** Zeros and as many minus infinities: a row of the mask is a part of them. */
    private float[] hiding = {};

    private long maskedKeys;

    /** How many products are prepared for both passes over a sequence, at most. */
    static long products(long tokens) {
        return Math.min(MOST_BLOCKS, (tokens + BLOCK - 1) / BLOCK) * PRODUCTS_OF_A_BLOCK;
    }

    GroupAttention(Primitives primitives) {
        scratch = primitives.scratch();
        forward = new Kept<>(MOST_KEPT, tile -> TileForward.of(tile, primitives));
        backward = new Kept<>(MOST_KEPT, tile -> TileBackward.of(tile, true, primitives));
        lastBackward = new Kept<>(MOST_KEPT, tile -> TileBackward.of(tile, false, primitives));
    }

    /** What a group of one sequence reads: addresses of its first row and column of q, k and v. */
    record Group(Heads heads, DataType type, long tokens, long q, long k, long v) {

        private long step() {
            long block = heads.group() == 1 ? BLOCK_OF_ONE_HEAD : BLOCK;
            return Math.max(1, (tokens + block * MOST_BLOCKS - 1) / (block * MOST_BLOCKS)) * block;
        }

        /** Bytes from a block's first row of q to that of the next token. */
        private long queryBytes() {
            return (long) heads.query() * heads.size() * type.width();
        }

        /** The block of queries from a token on, behind {@code past} tokens of others. */
        private AttentionTile tile(long past, long from, long step) {
            return new AttentionTile(heads, type, past + from, Math.min(step, tokens - from));
        }
    }

    /** Gradients of a group, as {@link Group}: dk and dv are sums in fp32. */
    record Gradients(long dOut, long dq, long dk, long dv) {}

    /**
     * @param past tokens whose keys and values come before those of the queries
     * @param out as q
     */
    void forward(Group group, long past, long out) {
        long step = group.step();
        for (long from = 0; from < group.tokens; from += step) {
            AttentionTile tile = group.tile(past, from, step);
            TileForward run = forward.of(tile);
            long row = from * group.queryBytes();
            long p = probabilities(tile, run, group, gathered(run, group.q + row, "q"));
            long result = memory(run, "result");
            run.values().run(p, group.v, result);
            run.spread().run(result, out + row);
        }
    }

    /** The last block first: it sees all keys, so what it gives for dk and dv can overwrite whatever is there. */
    void backward(Group group, Gradients to) {
        long step = group.step();
        for (long from = (group.tokens - 1) / step * step; from >= 0; from -= step) {
            AttentionTile tile = group.tile(0, from, step);
            TileForward again = forward.of(tile);
            boolean last = tile.keys() == group.tokens;
            TileBackward run = (last ? lastBackward : backward).of(tile);
            long row = from * group.queryBytes();
            long q = gathered(again, group.q + row, "q");
            long dOut = gathered(again, to.dOut + row, "dOut");
            long p = probabilities(tile, again, group, q);
            long dp = scratch.take("dp", tile.scores() * tile.type().width());
            run.products().run(dOut, group.v, dp);
            run.softmax().run(p, dp, dp);
            long dq = memory(again, "result");
            run.queries().run(dp, group.k, dq);
            again.spread().run(dq, to.dq + row);
            run.values().run(p, dOut, to.dv);
            run.keys().run(dp, q, to.dk);
        }
    }

    /** Address of a block's probabilities, [G · rows, keys]. */
    private long probabilities(AttentionTile tile, TileForward run, Group group, long q) {
        long scores = scratch.take("scores", tile.scores() * Float.BYTES);
        if (tile.first() > 0) {
            run.earlier().run(q, group.k, scores);
        }
        long own = group.k + tile.first() * tile.heads().keyValue() * tile.heads().size() * tile.type().width();
        run.own().run(q, own, scores + tile.first() * Float.BYTES, mask(tile));
        long p = tile.type() == DataType.FLOAT ? scores : scratch.take("probabilities", tile.scores() * tile.type().width());
        run.softmax().run(scores, p);
        return p;
    }

    /** Address of what hides later keys of a block, laid out as {@link AttentionTile#mask}. */
    private long mask(AttentionTile tile) {
        long at = scratch.take("mask", tile.rows() * tile.keys() * Float.BYTES);
        int rows = (int) tile.rows();
        if (hiding.length != 2 * rows || maskedKeys != tile.keys()) {
            maskedKeys = tile.keys();
            hiding = new float[2 * rows];
            Arrays.fill(hiding, rows, 2 * rows, Float.NEGATIVE_INFINITY);
            FloatBuffer mask = Memory.buffer(at, tile.rows() * tile.keys() * Float.BYTES).asFloatBuffer();
            for (int row = 0; row < rows; row++) {
                mask.put((int) (row * tile.keys()), hiding, rows - 1 - row, rows);
            }
        }
        return at;
    }

    private long gathered(TileForward run, long queries, String name) {
        long to = memory(run, name);
        run.gather().run(queries, to);
        return to;
    }

    private long memory(TileForward run, String name) {
        return scratch.take(name, run.gather().bytes(1));
    }
}
