package thinkj.kernels.onednn;

import static thinkj.kernels.onednn.Operands.row;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Heads;

/**
 * Attention of new tokens over a cache. Single tokens of neighbouring slots are decoded together, one batched product over all their
 * heads; prompts go through {@link OneDnnAttention}.
 *
 * <p>Decoding reads some rows more than the longest sequence has, within the slot, and multiplies them by zero: they must be finite.
 */
final class OneDnnCachedAttention {
    /** Keys that are read are a multiple of this at least, and of an eighth of their number, so that primitives serve many steps. */
    private static final long GRAIN = 32;

    private final Primitives primitives;
    private final NativeScratch scratch;
    private final OneDnnAttention attention;

    OneDnnCachedAttention(Primitives primitives, OneDnnAttention attention) {
        this.primitives = primitives;
        this.attention = attention;
        scratch = primitives.scratch();
    }

    /** New tokens' rows and where they go, sequence by sequence. */
    private record New(INDArray q, INDArray k, INDArray v, int[] starts, int[] past, int[] slots, Heads heads, INDArray out) {

        int tokens(int sequence) {
            return starts[sequence + 1] - starts[sequence];
        }
    }

    /** Keys and values of all slots, [slots, capacity, K · d]. */
    private record Cache(INDArray keys, INDArray values) {

        static long at(INDArray cache, long slot, long token) {
            return Operands.dense(cache) + (slot * cache.size(1) + token) * cache.size(2) * cache.dataType().width();
        }
    }

    void attend(
            INDArray q,
            INDArray k,
            INDArray v,
            int[] starts,
            int[] past,
            int[] slots,
            INDArray keyCache,
            INDArray valueCache,
            Heads heads,
            INDArray out) {
        Operands.requireOneType(q, k, v, keyCache, valueCache, out);
        New tokens = new New(q, k, v, starts, past, slots, heads, out);
        Cache cache = new Cache(keyCache, valueCache);
        for (int s = 0; s < past.length; s++) {
            append(k, starts[s], tokens.tokens(s), keyCache, slots[s], past[s]);
            append(v, starts[s], tokens.tokens(s), valueCache, slots[s], past[s]);
        }
        for (int s = 0; s < past.length; ) {
            int together = decodedTogether(tokens, s);
            if (together > 0) {
                decode(tokens, s, together, cache);
            } else {
                prompt(tokens, s, cache);
            }
            s += Math.max(1, together);
        }
    }

    private static void append(INDArray rows, long first, long count, INDArray cache, long slot, long past) {
        Memory.copy(row(rows, first), Cache.at(cache, slot, past), count * rows.size(1) * rows.dataType().width());
    }

    /** How many sequences from s on have one new token each and slots that follow one another; a power of two, for few primitives. */
    private static int decodedTogether(New tokens, int s) {
        int run = 0;
        while (s + run < tokens.past.length && tokens.tokens(s + run) == 1 && tokens.slots[s + run] == tokens.slots[s] + run) {
            run++;
        }
        return Integer.highestOneBit(run);
    }

    private void prompt(New tokens, int s, Cache cache) {
        long first = tokens.starts[s];
        if (tokens.past[s] == 0) {
            attention.sequence(tokens.q, tokens.k, tokens.v, first, tokens.tokens(s), tokens.heads, tokens.out);
        } else {
            long keys = Cache.at(cache.keys, tokens.slots[s], 0);
            long values = Cache.at(cache.values, tokens.slots[s], 0);
            attention.behind(tokens.past[s], tokens.q, first, tokens.tokens(s), keys, values, tokens.heads, tokens.out);
        }
    }

    /** One new token for each of n neighbouring slots. */
    private void decode(New tokens, int s, int n, Cache cache) {
        Heads heads = tokens.heads;
        DataType type = tokens.q.dataType();
        int keys = readKeys(tokens.past, s, n, cache.keys.size(1));
        Layout rows = Layout.of(type, n, heads.keyValue(), heads.group(), heads.size());
        Layout cached = cached(type, n, keys, cache.keys.size(1), heads);
        Layout scores = Layout.of(DataType.FLOAT, n, heads.keyValue(), heads.group(), keys);
        long scoresAt = scratch.take("decoding.scores", (long) n * heads.query() * keys * Float.BYTES);
        PostOps masked = PostOps.NONE.scale(1 / Math.sqrt(heads.size())).add(Layout.of(DataType.FLOAT, n, 1, 1, keys));
        primitives.matMul(rows, cached.transposed(), null, scores, masked)
                .run(row(tokens.q, tokens.starts[s]), Cache.at(cache.keys, tokens.slots[s], 0), scoresAt, mask(tokens.past, s, n, keys));
        long p = type == DataType.FLOAT ? scoresAt : scratch.take("decoding.p", (long) n * heads.query() * keys * type.width());
        long flat = (long) n * heads.query();
        primitives.softmax(Layout.of(DataType.FLOAT, flat, keys), Layout.of(type, flat, keys)).run(scoresAt, p);
        Layout probabilities = Layout.of(type, n, heads.keyValue(), heads.group(), keys);
        primitives.matMul(probabilities, cached, null, rows, PostOps.NONE)
                .run(p, Cache.at(cache.values, tokens.slots[s], 0), row(tokens.out, tokens.starts[s]));
    }

    private static Layout cached(DataType type, long n, long tokens, long capacity, Heads heads) {
        long d = heads.size();
        long width = heads.keyValue() * d;
        return Layout.strided(type, new long[] {n, heads.keyValue(), tokens, d}, new long[] {capacity * width, d, width, 1});
    }

    private static int readKeys(int[] past, int s, int n, long capacity) {
        long longest = 0;
        for (int i = s; i < s + n; i++) {
            longest = Math.max(longest, past[i] + 1);
        }
        long grain = Math.max(GRAIN, Long.highestOneBit(longest) / 8);
        return (int) Math.min(capacity, (longest + grain - 1) / grain * grain);
    }

    /** Address of what hides the keys behind each sequence's own last token, fp32 [n, 1, 1, keys]. */
    private long mask(int[] past, int s, int n, int keys) {
        float[] hidden = new float[n * keys];
        for (int i = 0; i < n; i++) {
            Arrays.fill(hidden, i * keys + past[s + i] + 1, (i + 1) * keys, Float.NEGATIVE_INFINITY);
        }
        long at = scratch.take("decoding.mask", (long) hidden.length * Float.BYTES);
        Memory.write(hidden, hidden.length, at);
        return at;
    }
}
