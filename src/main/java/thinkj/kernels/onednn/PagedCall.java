package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;
import thinkj.kernels.Heads;
import thinkj.kernels.PagedRows;

/**
 * What attention over a paged cache is asked for: where everything lies.
 *
 * @param type of all operands
 * @param firstBlocks where each sequence's blocks start in the list
 * @param q address of the new queries, [N, H · d]
 * @param keyBlocks address of the cache's keys, [blocks · tokens of a block, K · d]
 * @param valueBlocks as {@code keyBlocks}
 * @param out address of the result, [N, H · d]
 */
record PagedCall(
        Heads heads, DataType type, PagedRows where, int[] firstBlocks, long q, long keyBlocks, long valueBlocks, long out) {

    /** Of one token's queries. */
    long rowBytes() {
        return (long) heads.query() * heads.size() * type.width();
    }

    /** Of one token's keys, or values. */
    long keyBytes() {
        return (long) heads.keyValue() * heads.size() * type.width();
    }

    /** Address of a token's queries or of what becomes of them. */
    long row(long matrix, long row) {
        return matrix + row * rowBytes();
    }
}
