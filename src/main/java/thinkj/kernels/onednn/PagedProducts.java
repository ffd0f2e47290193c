package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;
import thinkj.kernels.Heads;

/**
 * Prepares what attention over a paged cache computes some tokens with: queries [K, rows · G, d], scores and probabilities
 * [K, rows · G, keys], sums [K, rows · G, d] in fp32, or parts of them: some of the tokens, some of the keys.
 *
 * @param type of queries, keys, values and probabilities
 * @param rows tokens that there is room for
 * @param keys that they are multiplied with
 */
record PagedProducts(Primitives primitives, Heads heads, DataType type, int rows, int keys) {

    private long d() {
        return heads.size();
    }

    private Layout part(DataType of, int tokens, long width, long rowWidth) {
        long group = heads.group();
        return Layout.strided(of, new long[] {heads.keyValue(), tokens * group, width}, new long[] {rows * group * rowWidth, rowWidth, 1});
    }

    /** Keys or values as they are gathered. */
    private Layout gathered(int count) {
        return Layout.strided(type, new long[] {heads.keyValue(), count, d()}, new long[] {d(), heads.keyValue() * d(), 1});
    }

    /** From queries and some keys to scores of these. */
    Primitive scores(int count, int tokens) {
        PostOps scaled = PostOps.NONE.scale(1 / Math.sqrt(d()));
        return primitives.matMul(
                part(type, tokens, d(), d()), gathered(count).transposed(), null, part(DataType.FLOAT, tokens, count, keys), scaled);
    }

    /** From all scores to probabilities. */
    Primitive softmax() {
        long all = (long) heads.query() * rows;
        return primitives.softmax(Layout.of(DataType.FLOAT, all, keys), Layout.of(type, all, keys));
    }

    /**
     * From probabilities of some keys and their values to sums.
     *
     * @param add to what is there
     */
    Primitive values(int count, int tokens, boolean add) {
        PostOps then = add ? PostOps.NONE.sum() : PostOps.NONE;
        return primitives.matMul(part(type, tokens, count, keys), gathered(count), null, part(DataType.FLOAT, tokens, d(), d()), then);
    }
}
