package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;
import thinkj.kernels.Heads;

/**
 * How the operands of a block of queries lie, for one key and value head and the G query heads that share it: {@code rows} neighbouring
 * tokens of one sequence and the keys that they may see, which are the {@code first} tokens before the block and the block's own.
 *
 * @param type of q, k, v and what is made of them
 */
record AttentionTile(Heads heads, DataType type, long first, long rows) {

    long keys() {
        return first + rows;
    }

    /** What products of queries and keys are multiplied by. */
    double scale() {
        return 1 / Math.sqrt(heads.size());
    }

    /** Query heads times rows. */
    long stackedRows() {
        return heads.group() * rows;
    }

    /** Scores or probabilities of the group. */
    long scores() {
        return stackedRows() * keys();
    }

    /** The group's columns in rows of q, or of what has its shape: [G, rows, d]. */
    Layout queries() {
        long d = heads.size();
        return Layout.strided(type, new long[] {heads.group(), rows, d}, new long[] {d, heads.query() * d, 1});
    }

    /** The queries without gaps, [G, rows, d]. */
    Layout gathered() {
        return Layout.of(type, heads.group(), rows, heads.size());
    }

    /** As {@link #gathered}, heads below each other: rows of one product, so that keys and values are put into its order once. */
    Layout stacked() {
        return Layout.of(type, stackedRows(), heads.size());
    }

    /** The head's columns in rows of k or v, [count, d]. */
    Layout keys(long count) {
        return Layout.strided(type, new long[] {count, heads.size()}, new long[] {(long) heads.keyValue() * heads.size(), 1});
    }

    /** The block's own rows of k, the same for every query head: [1, rows, d]. */
    Layout ownKeys() {
        long width = (long) heads.keyValue() * heads.size();
        return Layout.strided(type, new long[] {1, rows, heads.size()}, new long[] {rows * width, width, 1});
    }

    /** What is summed up of dk or dv, fp32 and laid out as {@link #keys}. */
    Layout sums() {
        return Layout.strided(DataType.FLOAT, new long[] {keys(), heads.size()}, new long[] {(long) heads.keyValue() * heads.size(), 1});
    }

    /** Scores of the keys before the block, fp32 [G · rows, first]. */
    Layout earlierScores() {
        return Layout.strided(DataType.FLOAT, new long[] {stackedRows(), first}, new long[] {keys(), 1});
    }

    /** Scores of the block's own keys, fp32 [G, rows, rows]. */
    Layout ownScores() {
        return Layout.strided(DataType.FLOAT, new long[] {heads.group(), rows, rows}, new long[] {rows * keys(), keys(), 1});
    }

    /** Scores or probabilities, [G · rows, keys]. */
    Layout flat(DataType of) {
        return Layout.of(of, stackedRows(), keys());
    }

    /**
     * What hides later keys of the block, for every head. Its rows are as far apart as those of the scores: that is how oneDNN finds
     * the values of an operand that it broadcasts.
     */
    Layout mask() {
        return Layout.strided(DataType.FLOAT, new long[] {1, rows, rows}, new long[] {rows * keys(), keys(), 1});
    }
}
