package thinkj.kernels.onednn;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import thinkj.kernels.Heads;

/**
 * One core's attention for a token of each of several sequences that begin with the same blocks: their queries are rows of one product
 * with the keys and values that they have in common, a chunk at a time; each then meets its own.
 */
final class PagedTogether {
    private static final int MOST_TILES = 64;

    private final Primitives primitives;
    private final NativeScratch scratch;
    private final HiddenKeys hidden;
    private final Kept<Shape, Tile> tiles = new Kept<>(MOST_TILES, this::tile);

    PagedTogether(Primitives primitives, HiddenKeys hidden) {
        this.primitives = primitives;
        this.hidden = hidden;
        scratch = primitives.scratch();
    }

    private record Shape(Heads heads, DataType type, int rows, int keys, int shared) {}

    /**
     * What computes a group, by chunks, for all members where a chunk is common and for one where it is not.
     *
     * @param round from sums to the result; null where they are the result
     */
    private record Tile(List<Primitive> scores, Primitive softmax, List<Primitive> values, Primitive round) {}

    private Tile tile(Shape shape) {
        PagedProducts products = new PagedProducts(primitives, shape.heads, shape.type, shape.rows, shape.keys);
        List<Primitive> scores = new ArrayList<>();
        List<Primitive> values = new ArrayList<>();
        for (int chunk = 0; chunk < PagedPiece.CHUNKS.count(shape.keys); chunk++) {
            int count = PagedPiece.CHUNKS.width(shape.keys, chunk);
            int tokens = chunk < shape.shared ? shape.rows : 1;
            scores.add(products.scores(count, tokens));
            values.add(products.values(count, tokens, chunk > 0));
        }
        long all = (long) shape.rows * shape.heads.query() * shape.heads.size();
        Primitive round = shape.type == DataType.FLOAT
                ? null
                : primitives.reorder(Layout.of(DataType.FLOAT, all), Layout.of(shape.type, all), PostOps.NONE);
        return new Tile(scores, products.softmax(), values, round);
    }

    /** A chunk's product with the rows from a member's on. */
    private interface Product {
        void run(Primitive product, long member, long gathered);
    }

    void attend(PagedCall call, PagedGroup group) {
        int keys = group.first().keys();
        int rows = PagedCore.computed(group.members().size(), call.heads());
        Tile tile = tiles.of(new Shape(call.heads(), call.type(), rows, keys, group.shared()));
        long lines = (long) rows * call.heads().query();
        long ofMember = call.heads().group();
        long d = call.heads().size();
        int width = call.type().width();
        long q = scratch.take("queries", lines * d * width);
        copyRows(call, group, rows, call.q(), q, true);
        long scores = scratch.take("scores", lines * keys * Float.BYTES);
        long p = call.type() == DataType.FLOAT ? scores : scratch.take("probabilities", lines * keys * width);
        for (int chunk = 0; chunk < tile.scores.size(); chunk++) {
            long to = scores + (long) PagedPiece.CHUNKS.first(chunk) * Float.BYTES;
            through(call, group, chunk, call.keyBlocks(), tile.scores.get(chunk), (product, member, gathered) ->
                    product.run(q + member * ofMember * d * width, gathered, to + member * ofMember * keys * Float.BYTES));
        }
        hidden.hideLater(call.heads(), group.members(), rows, scores, lines * keys * Float.BYTES);
        tile.softmax.run(scores, p);
        long sums = scratch.take("sums", lines * d * Float.BYTES);
        for (int chunk = 0; chunk < tile.values.size(); chunk++) {
            long from = p + (long) PagedPiece.CHUNKS.first(chunk) * width;
            through(call, group, chunk, call.valueBlocks(), tile.values.get(chunk), (product, member, gathered) ->
                    product.run(from + member * ofMember * keys * width, gathered, sums + member * ofMember * d * Float.BYTES));
        }
        long result = sums;
        if (tile.round != null) {
            result = scratch.take("result", lines * d * width);
            tile.round.run(sums, result);
        }
        copyRows(call, group, rows, call.out(), result, false);
    }

    /** Gathers a chunk of keys or values, once if it is common and for each member if it is not, each time for the product with it. */
    private void through(PagedCall call, PagedGroup group, int chunk, long cache, Primitive product, Product run) {
        int count = PagedPiece.CHUNKS.width(group.first().keys(), chunk);
        int apart = chunk < group.shared() ? 1 : group.members().size();
        long gathered = scratch.take("chunk", PagedPiece.CHUNKS.size() * call.keyBytes());
        for (int member = 0; member < apart; member++) {
            call.gather(group.members().get(member), PagedPiece.CHUNKS.first(chunk), count, cache, gathered);
            run.run(product, member, gathered);
        }
    }

    /** Copies the members' rows, [K · G · d] each, to or from where they lie together, [K, rows · G, d]. */
    private static void copyRows(PagedCall call, PagedGroup group, int rows, long matrix, long together, boolean gather) {
        long bytes = (long) call.heads().group() * call.heads().size() * call.type().width();
        for (int member = 0; member < group.members().size(); member++) {
            long row = call.row(matrix, call.where().starts()[group.members().get(member).sequence()]);
            for (int head = 0; head < call.heads().keyValue(); head++) {
                long apart = row + head * bytes;
                long among = together + ((long) head * rows + member) * bytes;
                Memory.copy(gather ? apart : among, gather ? among : apart, bytes);
            }
        }
    }
}
