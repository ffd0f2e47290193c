package thinkj.kernels.onednn;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Neighbouring new tokens of one sequence, which are computed together.
 *
 * <p>How many keys a query is multiplied with follows from its position alone: the rounded number of those that it sees, the others being
 * hidden. So its sums are taken in the same order whether it is decoded on its own or is part of a prompt, however that was cut.
 *
 * @param from first position
 * @param to behind the last position
 */
record PagedPiece(int sequence, int from, int to) {
    /**
     * Keys are a multiple of this, and a piece has at most as many tokens: fewer would mean more products, each with code of its own, more
     * would leave no room for their scores in a core's own cache.
     */
    static final int GRAIN = 64;

    /**
     * Keys whose values are summed up together, from the sequence's first on; the sums are added in fp32. A query's result so is the same
     * to the bit whether or not it shares some of these sums' products with others ({@link PagedGroup}).
     */
    static final Chunks CHUNKS = new Chunks(256);

    /** A head's scores of one piece; more keys are seen by fewer tokens at a time, down to one, unless {@link PagedPacked} takes them. */
    private static final int MOST_SCORES = GRAIN * 4096;

    /** Adds the pieces of the positions from {@code past} to {@code length} to a list. */
    static void cut(int sequence, DataType type, int past, int length, List<PagedPiece> pieces) {
        for (int from = past; from < length; ) {
            int keys = keys(from);
            int most = Math.min(Math.min(length, keys) - from, GRAIN);
            int rows = PagedPacked.takes(type, most, keys) ? most : Math.min(most, Math.max(1, MOST_SCORES / keys));
            pieces.add(new PagedPiece(sequence, from, from + rows));
            from += rows;
        }
    }

    /** Keys that a query is multiplied with: a multiple of the grain and one of few numbers. */
    static int keys(int position) {
        return (int) Lengths.rounded((position / GRAIN + 1) * GRAIN);
    }

    int rows() {
        return to - from;
    }

    /** Keys that the queries are multiplied with. */
    int keys() {
        return keys(from);
    }
}
