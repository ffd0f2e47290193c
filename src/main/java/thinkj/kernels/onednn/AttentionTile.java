package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;
import thinkj.kernels.Heads;

/**
 * How the operands of a block of queries lie: {@code rows} neighbouring tokens of one sequence and the keys that they may see, which are
 * the {@code first} tokens before the block and the block's own.
 *
 * <p>Heads are batches, [K, G, …]: query heads of a group lie side by side in a row of q, their common key and value head is broadcast
 * to them, and nothing is copied. G is the group's size.
 *
 * @param type of q, k, v and what is made of them
 */
record AttentionTile(Heads heads, DataType type, long first, long rows) {

    long keys() {
        return first + rows;
    }

    /** Scores or probabilities, all heads. */
    long scores() {
        return heads.query() * rows * keys();
    }

    /** Rows of q, or of what has its shape: [K, G, rows, d]. */
    Layout queries() {
        long d = heads.size();
        long[] strides = {heads.group() * d, d, heads.query() * d, 1};
        return Layout.strided(type, new long[] {heads.keyValue(), heads.group(), rows, d}, strides);
    }

    /** The queries without gaps, [K, G · rows, d] in memory. */
    Layout gathered() {
        return Layout.of(type, heads.keyValue(), heads.group(), rows, heads.size());
    }

    /** As {@link #gathered}, heads of a group below each other. */
    Layout stacked() {
        return Layout.of(type, heads.keyValue(), heads.group() * rows, heads.size());
    }

    /** Rows of k or v, [K, 1, count, d]. */
    Layout keys(long count) {
        long d = heads.size();
        return Layout.strided(type, new long[] {heads.keyValue(), 1, count, d}, new long[] {d, d, heads.keyValue() * d, 1});
    }

    /** What is summed up of dk or dv: fp32, [K, keys, d]. */
    Layout sums() {
        long d = heads.size();
        return Layout.strided(DataType.FLOAT, new long[] {heads.keyValue(), keys(), d}, new long[] {d, heads.keyValue() * d, 1});
    }

    /** Scores of some of the keys, fp32, [K, G, rows, count]. */
    Layout scores(long count) {
        long[] strides = {heads.group() * rows * keys(), rows * keys(), keys(), 1};
        return Layout.strided(DataType.FLOAT, new long[] {heads.keyValue(), heads.group(), rows, count}, strides);
    }

    /** Probabilities, [K, G, rows, keys]. */
    Layout probabilities() {
        return Layout.of(type, heads.keyValue(), heads.group(), rows, keys());
    }

    /** Probabilities with the heads of a group below each other, [K, G · rows, keys]. */
    Layout stackedProbabilities() {
        return Layout.of(type, heads.keyValue(), heads.group() * rows, keys());
    }

    /** Scores or probabilities as rows, [H · rows, keys]. */
    Layout flat(DataType of) {
        return Layout.of(of, heads.query() * rows, keys());
    }

    /**
     * What hides later keys of the block, for every head. Its rows are as far apart as those of the scores: that is how oneDNN finds
     * the values of an operand that it broadcasts.
     */
    Layout mask() {
        return Layout.strided(DataType.FLOAT, new long[] {1, 1, rows, rows}, new long[] {rows * keys(), rows * keys(), keys(), 1});
    }
}
