package thinkj.kernels.onednn;

import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import thinkj.kernels.Heads;

/**
 * One core's part of attention over a paged cache. A sequence's blocks are gathered one after the other into memory that stays in the
 * core's cache; the queries of a group are rows of one product with their common keys, and so are the tokens of a piece.
 *
 * <p>Rows are computed {@link #computed a power of two} at a time, so that primitives are few; what the additional ones give is dropped.
 */
final class PagedCore implements AutoCloseable {
    private static final int MOST_TILES = 256;

    private final Primitives primitives = new Primitives();
    private final NativeScratch scratch = primitives.scratch();
    private final Kept<Shape, Tile> tiles = new Kept<>(MOST_TILES, this::tile);

    private final HiddenKeys hidden = new HiddenKeys();
    private final PagedTogether together = new PagedTogether(primitives, hidden);
    private final PagedPacked packed = new PagedPacked(primitives, hidden);
    private PagedCall call;
    private int sequence;
    private int gathered;

    private record Shape(Heads heads, DataType type, int rows, int keys) {}

    /**
     * What computes some rows of queries against some keys.
     *
     * @param scores from queries and keys to scores, [K, rows · G, keys]
     * @param softmax from scores to probabilities
     * @param values from a chunk's probabilities and values to the sums so far, laid out as the queries
     */
    private record Tile(Primitive scores, Primitive softmax, List<Primitive> values) {}

    /** Computes a group; the cache holds its keys and values already. */
    void attend(PagedCall of, PagedGroup group) {
        if (group.members().size() > 1) {
            together.attend(of, group);
        } else if (PagedPacked.takes(of.type(), group.first().rows(), group.first().keys())) {
            packed.attend(of, group.first());
        } else {
            attend(of, group.first());
        }
    }

    private void attend(PagedCall of, PagedPiece piece) {
        gather(of, piece);
        int rows = computed(piece.rows(), of.heads());
        Tile tile = tiles.of(new Shape(of.heads(), of.type(), rows, piece.keys()));
        long count = (long) rows * of.heads().query() * piece.keys();
        long scoresTo = scratch.take("scores", count * Float.BYTES);
        long p = of.type() == DataType.FLOAT ? scoresTo : scratch.take("probabilities", count * of.type().width());
        long first = of.where().starts()[piece.sequence()] + piece.from() - of.where().past()[piece.sequence()];
        boolean inPlace = rows == 1;
        long q = inPlace ? of.row(of.q(), first) : scratch.take("queries", rows * of.rowBytes());
        if (!inPlace) {
            primitives.reorder(of.apart(piece), of.stacked(of.type(), piece, rows), PostOps.NONE).run(of.row(of.q(), first), q);
        }
        tile.scores.run(q, scratch.take("keys", 0), scoresTo);
        hidden.hideLater(of.heads(), piece, rows, scoresTo, count * Float.BYTES);
        tile.softmax.run(scoresTo, p);
        long sums = scratch.take("sums", (long) rows * of.heads().query() * of.heads().size() * Float.BYTES);
        long values = scratch.take("values", 0);
        for (int chunk = 0; chunk < tile.values.size(); chunk++) {
            long keys = PagedPiece.CHUNKS.first(chunk);
            tile.values.get(chunk).run(p + keys * of.type().width(), values + keys * of.keyBytes(), sums);
        }
        primitives.reorder(of.stacked(DataType.FLOAT, piece, rows), of.apart(piece), PostOps.NONE).run(sums, of.row(of.out(), first));
    }

    /** One row would be summed up by other means than several are, unless a group makes several of it. */
    static int computed(int rows, Heads heads) {
        int least = heads.group() == 1 ? 2 : 1;
        return rows <= least ? least : 2 * Integer.highestOneBit(rows - 1);
    }

    private Tile tile(Shape shape) {
        Heads heads = shape.heads;
        PagedProducts products = new PagedProducts(primitives, heads, shape.type, shape.rows, shape.keys);
        List<Primitive> values = IntStream.range(0, PagedPiece.CHUNKS.count(shape.keys))
                .mapToObj(chunk -> products.values(PagedPiece.CHUNKS.width(shape.keys, chunk), shape.rows, chunk > 0))
                .toList();
        return new Tile(products.scores(shape.keys, shape.rows), products.softmax(), values);
    }

    /** Brings keys and values one after the other, as many as the piece takes: those of the sequence, and zeros. */
    private void gather(PagedCall of, PagedPiece piece) {
        long bytes = of.keyBytes();
        if (call != of || sequence != piece.sequence()) {
            call = of;
            sequence = piece.sequence();
            gathered = 0;
            // Room for the whole sequence: memory that grows loses what it holds.
            long most = PagedPiece.keys(of.where().length(sequence) - 1) * bytes;
            scratch.take("keys", most);
            scratch.take("values", most);
        }
        long keys = scratch.take("keys", 0);
        long values = scratch.take("values", 0);
        if (gathered < piece.to()) {
            int before = gathered;
            of.where().through(of.firstBlocks()[sequence], before, piece.to(), (row, place, count) -> {
                Memory.copy(of.keyBlocks() + place * bytes, keys + (before + row) * bytes, count * bytes);
                Memory.copy(of.valueBlocks() + place * bytes, values + (before + row) * bytes, count * bytes);
            });
            gathered = piece.to();
            // Their probabilities are zero, which times whatever the memory held might not be.
            Memory.zero(values + gathered * bytes, (piece.keys() - gathered) * bytes);
        }
    }

    @Override
    public void close() {
        scratch.close();
    }
}
