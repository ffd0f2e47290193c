package thinkj.kernels.onednn;

import static thinkj.kernels.onednn.Operands.row;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Heads;
import thinkj.kernels.PagedRows;

/**
 * Attention of new tokens over a paged cache: a sequence's blocks are gathered one after the other, then a single new token sees them in
 * one product over all heads, and several go through {@link OneDnnAttention}.
 */
final class OneDnnPagedAttention {
    /** Keys of a single token are a multiple of this at least, and of an eighth of their number, so that primitives serve many steps. */
    private static final int GRAIN = 32;

    private final Primitives primitives;
    private final NativeScratch scratch;
    private final OneDnnAttention attention;

    OneDnnPagedAttention(Primitives primitives, OneDnnAttention attention) {
        this.primitives = primitives;
        this.attention = attention;
        scratch = primitives.scratch();
    }

    void attend(INDArray q, INDArray k, INDArray v, PagedRows where, INDArray keyCache, INDArray valueCache, Heads heads, INDArray out) {
        Operands.requireOneType(q, k, v, keyCache, valueCache, out);
        long width = k.size(1) * k.dataType().width();
        long keyBlocks = Operands.dense(keyCache);
        long valueBlocks = Operands.dense(valueCache);
        Memory.zero(Operands.dense(out), out.length() * out.dataType().width());
        int[] firstBlocks = where.firstBlocks();
        for (int s = 0; s < where.sequences(); s++) {
            int tokens = where.tokens(s);
            if (tokens > 0) {
                int length = where.length(s);
                int first = where.starts()[s];
                where.through(firstBlocks[s], where.past()[s], length, (row, place, count) -> {
                    Memory.copy(row(k, first + row), keyBlocks + place * width, count * width);
                    Memory.copy(row(v, first + row), valueBlocks + place * width, count * width);
                });
                long keys = scratch.take("paged.keys", rounded(length) * width);
                long values = scratch.take("paged.values", rounded(length) * width);
                where.through(firstBlocks[s], 0, length, (row, place, count) -> {
                    Memory.copy(keyBlocks + place * width, keys + row * width, count * width);
                    Memory.copy(valueBlocks + place * width, values + row * width, count * width);
                });
                if (tokens == 1) {
                    Memory.zero(keys + length * width, (rounded(length) - length) * width);
                    Memory.zero(values + length * width, (rounded(length) - length) * width);
                    one(row(q, first), keys, values, length, q.dataType(), heads, row(out, first));
                } else if (where.past()[s] == 0) {
                    attention.sequence(q, k, v, first, tokens, heads, out);
                } else {
                    attention.behind(where.past()[s], q, first, tokens, keys, values, heads, out);
                }
            }
        }
    }

    /** One query over gathered keys and values. */
    private void one(long q, long keysAt, long valuesAt, int length, DataType type, Heads heads, long out) {
        long d = heads.size();
        int keys = rounded(length);
        Layout rows = Layout.of(type, heads.keyValue(), heads.group(), d);
        Layout gathered = Layout.strided(type, new long[] {heads.keyValue(), keys, d}, new long[] {d, heads.keyValue() * d, 1});
        Layout scores = Layout.of(DataType.FLOAT, heads.keyValue(), heads.group(), keys);
        long scoresAt = scratch.take("paged.scores", (long) heads.query() * keys * Float.BYTES);
        PostOps masked = PostOps.NONE.scale(1 / Math.sqrt(d)).add(Layout.of(DataType.FLOAT, 1, 1, keys));
        primitives.matMul(rows, gathered.transposed(), null, scores, masked).run(q, keysAt, scoresAt, mask(length, keys));
        long p = type == DataType.FLOAT ? scoresAt : scratch.take("paged.p", (long) heads.query() * keys * type.width());
        primitives.softmax(Layout.of(DataType.FLOAT, heads.query(), keys), Layout.of(type, heads.query(), keys)).run(scoresAt, p);
        primitives.matMul(Layout.of(type, heads.keyValue(), heads.group(), keys), gathered, null, rows, PostOps.NONE).run(p, valuesAt, out);
    }

    private static int rounded(int length) {
        int grain = Math.max(GRAIN, Integer.highestOneBit(length) / 8);
        return (length + grain - 1) / grain * grain;
    }

    /** Address of what hides the keys behind the last token, fp32 [keys]. */
    private long mask(int length, int keys) {
        float[] hidden = new float[keys];
        Arrays.fill(hidden, length, keys, Float.NEGATIVE_INFINITY);
        long at = scratch.take("paged.mask", (long) keys * Float.BYTES);
        Memory.write(hidden, keys, at);
        return at;
    }
}
