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

    /** Gathers some of one sequence's keys or values, one after the other, and zeros behind the piece's last. */
    void gather(PagedPiece of, int from, int count, long cache, long to) {
        long bytes = keyBytes();
        int end = Math.max(from, Math.min(from + count, of.to()));
        where.through(firstBlocks[of.sequence()], from, end, (row, place, some) ->
                Memory.copy(cache + place * bytes, to + row * bytes, some * bytes));
        Memory.zero(to + (end - from) * bytes, (from + count - end) * bytes);
    }

    /** A piece's queries among the others: by key and value head, by token. */
    Layout apart(PagedPiece piece) {
        long group = (long) heads.group() * heads.size();
        long[] sizes = {heads.keyValue(), piece.rows(), group};
        return Layout.strided(type, sizes, new long[] {group, heads.keyValue() * group, 1});
    }

    /** A piece's queries, or what becomes of them, as rows of products, with room for {@code rows} tokens. */
    Layout stacked(DataType of, PagedPiece piece, int rows) {
        long group = (long) heads.group() * heads.size();
        long[] sizes = {heads.keyValue(), piece.rows(), group};
        return Layout.strided(of, sizes, new long[] {rows * group, group, 1});
    }
}
