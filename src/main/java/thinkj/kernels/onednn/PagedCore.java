package thinkj.kernels.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
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
    private final Map<Shape, Tile> tiles = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Shape, Tile> eldest) {
            return size() > MOST_TILES;
        }
    };

    private PagedCall call;
    private int sequence;
    private int gathered;
    private float[] hidden = {};
    private FloatBuffer scores;
    private long scoresAt;
    private long scoresBytes;

    private record Shape(Heads heads, DataType type, int rows, int keys) {}

    /**
     * What computes some rows of queries against some keys.
     *
     * @param scores from queries and keys to scores, [K, rows · G, keys]
     * @param softmax from scores to probabilities
     * @param values from probabilities and values to the result, laid out as the queries
     */
    private record Tile(Primitive scores, Primitive softmax, Primitive values) {}

    /** Computes a piece; the cache holds its keys and values already. */
    void attend(PagedCall of, PagedPiece piece) {
        gather(of, piece);
        int rows = computed(piece.rows(), of.heads());
        Tile tile = tiles.computeIfAbsent(new Shape(of.heads(), of.type(), rows, piece.keys()), this::tile);
        long count = (long) rows * of.heads().query() * piece.keys();
        long scoresTo = scratch.take("scores", count * Float.BYTES);
        long p = of.type() == DataType.FLOAT ? scoresTo : scratch.take("probabilities", count * of.type().width());
        long first = of.where().starts()[piece.sequence()] + piece.from() - of.where().past()[piece.sequence()];
        boolean inPlace = rows == 1;
        long q = inPlace ? of.row(of.q(), first) : scratch.take("queries", rows * of.rowBytes());
        long out = inPlace ? of.row(of.out(), first) : scratch.take("result", rows * of.rowBytes());
        if (!inPlace) {
            primitives.reorder(apart(of, piece), stacked(of, piece, rows), PostOps.NONE).run(of.row(of.q(), first), q);
        }
        tile.scores.run(q, scratch.take("keys", 0), scoresTo);
        hideLater(of.heads(), piece, rows, scoresTo, count * Float.BYTES);
        tile.softmax.run(scoresTo, p);
        tile.values.run(p, scratch.take("values", 0), out);
        if (!inPlace) {
            primitives.reorder(stacked(of, piece, rows), apart(of, piece), PostOps.NONE).run(out, of.row(of.out(), first));
        }
    }

    /** One row would be summed up by other means than several are, unless a group makes several of it. */
    private static int computed(int rows, Heads heads) {
        int least = heads.group() == 1 ? 2 : 1;
        return rows <= least ? least : 2 * Integer.highestOneBit(rows - 1);
    }

    /** A piece's queries among the others: by key and value head, by token. */
    private static Layout apart(PagedCall of, PagedPiece piece) {
        long group = (long) of.heads().group() * of.heads().size();
        long[] sizes = {of.heads().keyValue(), piece.rows(), group};
        return Layout.strided(of.type(), sizes, new long[] {group, of.heads().keyValue() * group, 1});
    }

    /** A piece's queries as rows of products, with room for {@code rows} tokens. */
    private static Layout stacked(PagedCall of, PagedPiece piece, int rows) {
        long group = (long) of.heads().group() * of.heads().size();
        long[] sizes = {of.heads().keyValue(), piece.rows(), group};
        return Layout.strided(of.type(), sizes, new long[] {rows * group, group, 1});
    }

    private Tile tile(Shape shape) {
        Heads heads = shape.heads;
        DataType type = shape.type;
        long rows = (long) shape.rows * heads.group();
        long d = heads.size();
        Layout queries = Layout.of(type, heads.keyValue(), rows, d);
        Layout keys = Layout.strided(type, new long[] {heads.keyValue(), shape.keys, d}, new long[] {d, heads.keyValue() * d, 1});
        Layout wide = Layout.of(DataType.FLOAT, heads.keyValue(), rows, shape.keys);
        Layout probabilities = Layout.of(type, heads.keyValue(), rows, shape.keys);
        return new Tile(
                primitives.matMul(queries, keys.transposed(), null, wide, PostOps.NONE.scale(1 / Math.sqrt(d))),
                primitives.softmax(
                        Layout.of(DataType.FLOAT, heads.keyValue() * rows, shape.keys),
                        Layout.of(type, heads.keyValue() * rows, shape.keys)),
                primitives.matMul(probabilities, keys, null, queries, PostOps.NONE));
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

    /** Minus infinity on the keys behind each token's own. */
    private void hideLater(Heads heads, PagedPiece piece, int rows, long at, long bytes) {
        if (at != scoresAt || bytes > scoresBytes) {
            scores = Memory.buffer(at, bytes).asFloatBuffer();
            scoresAt = at;
            scoresBytes = bytes;
        }
        int keys = piece.keys();
        if (hidden.length < keys - piece.from()) {
            hidden = new float[2 * (keys - piece.from())];
            Arrays.fill(hidden, Float.NEGATIVE_INFINITY);
        }
        for (int head = 0; head < heads.keyValue(); head++) {
            for (int row = 0; row < piece.rows(); row++) {
                int seen = piece.from() + row + 1;
                int line = (head * rows + row) * heads.group();
                for (int i = line; i < line + heads.group() && seen < keys; i++) {
                    scores.put(i * keys + seen, hidden, 0, keys - seen);
                }
            }
        }
    }

    @Override
    public void close() {
        scratch.close();
    }
}
