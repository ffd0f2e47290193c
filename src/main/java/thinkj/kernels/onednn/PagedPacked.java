package thinkj.kernels.onednn;

import static org.nd4j.linalg.api.buffer.DataType.BFLOAT16;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import thinkj.kernels.Heads;

/**
 * One core's attention for pieces of many tokens in bf16. Keys and values are brought into oneDNN's own order once for all pieces of a
 * sequence ({@link PackedChunks}); scores are computed for so few tokens and for one key and value head at a time that they stay in the
 * core's own cache.
 */
final class PagedPacked {
    /** Tokens and keys of a piece from which on another order pays; of fewer keys, all scores stay in the core's cache anyway. */
    private static final int LEAST_TOKENS = 32;

    private static final int LEAST_KEYS = 1024;

    /** Of some tokens' scores at most, a quarter of the second cache of cores that multiply bf16 fast. */
    private static final long BYTES_OF_SCORES = 512 << 10;

    /** Lines of a product, however long they are: fewer take as much time. */
    private static final int LEAST_LINES = 64;

    /**
     * Scores that are hidden at the end of every line: lines that begin a power of two apart push each other out of the first cache, and
     * products with them take twice the time.
     */
    private static final int GAP = 16;

    private static final int MOST_TILES = 256;

    private final Primitives primitives;
    private final NativeScratch scratch;
    private final HiddenKeys hidden;
    private final PackedChunks chunks;
    private final Kept<Shape, Tile> tiles = new Kept<>(MOST_TILES, this::tile);

    PagedPacked(Primitives primitives, HiddenKeys hidden) {
        this.primitives = primitives;
        this.hidden = hidden;
        scratch = primitives.scratch();
        chunks = new PackedChunks(primitives);
    }

    private record Shape(Heads heads, int tokens, int keys) {}

    /**
     * What computes some tokens' queries of one key and value head, [tokens · G, d].
     *
     * @param scores from queries and a chunk of keys to its columns of the scores, [tokens · G, keys + gap]
     * @param softmax from scores to probabilities
     * @param values from a chunk's probabilities and values to the sums so far, fp32, laid out as the queries
     */
    private record Tile(List<Primitive> scores, Primitive softmax, List<Primitive> values) {}

    /** Whether pieces of so many tokens, which see so many keys, are computed here. */
    static boolean takes(DataType type, int tokens, int keys) {
        return type == BFLOAT16 && tokens >= LEAST_TOKENS && keys >= LEAST_KEYS;
    }

    void attend(PagedCall of, PagedPiece piece) {
        Heads heads = of.heads();
        int keys = piece.keys();
        int tokens = tokens(heads, keys);
        Tile tile = tiles.of(new Shape(heads, tokens, keys));
        int rows = (piece.rows() + tokens - 1) / tokens * tokens;
        int width = BFLOAT16.width();
        long first = of.where().starts()[piece.sequence()] + piece.from() - of.where().past()[piece.sequence()];
        long lines = (long) tokens * heads.group();
        long bytes = lines * (keys + GAP) * Float.BYTES;
        long q = scratch.take("queries", rows * of.rowBytes());
        long sums = scratch.take("sums", (long) rows * heads.query() * heads.size() * Float.BYTES);
        long scores = scratch.take("scores", bytes);
        long p = scratch.take("probabilities", bytes / Float.BYTES * width);
        chunks.gather(of, piece);
        primitives.reorder(of.apart(piece), of.stacked(BFLOAT16, piece, rows), PostOps.NONE).run(of.row(of.q(), first), q);
        for (int head = 0; head < heads.keyValue(); head++) {
            for (int from = 0; from < piece.rows(); from += tokens) {
                long values = ((long) head * rows + from) * heads.group() * heads.size();
                for (int chunk = 0; chunk < tile.scores.size(); chunk++) {
                    tile.scores.get(chunk).run(
                            q + values * width, chunks.keys(chunk, head), scores + (long) PackedChunks.CHUNKS.first(chunk) * Float.BYTES);
                }
                hidden.hideLater(heads.group(), piece.from() + from, Math.min(tokens, piece.rows() - from), keys + GAP, scores, bytes);
                tile.softmax.run(scores, p);
                for (int chunk = 0; chunk < tile.values.size(); chunk++) {
                    tile.values.get(chunk).run(
                            p + (long) PackedChunks.CHUNKS.first(chunk) * width, chunks.values(chunk, head), sums + values * Float.BYTES);
                }
            }
        }
        primitives.reorder(of.stacked(FLOAT, piece, rows), of.apart(piece), PostOps.NONE).run(sums, of.row(of.out(), first));
    }

    /** A power of two. */
    private static int tokens(Heads heads, int keys) {
        long lines = Math.max(LEAST_LINES, BYTES_OF_SCORES / ((long) (keys + GAP) * Float.BYTES));
        return Integer.highestOneBit((int) Math.max(1, Math.min(PagedPiece.GRAIN, lines / heads.group())));
    }

    private Tile tile(Shape shape) {
        long d = shape.heads.size();
        long lines = (long) shape.tokens * shape.heads.group();
        long line = shape.keys + GAP;
        List<Primitive> scores = new ArrayList<>();
        List<Primitive> values = new ArrayList<>();
        for (int chunk = 0; chunk < PackedChunks.CHUNKS.count(shape.keys); chunk++) {
            int count = PackedChunks.CHUNKS.width(shape.keys, chunk);
            long[] sizes = {lines, count};
            long[] strides = {line, 1};
            scores.add(primitives.matMul(Layout.of(BFLOAT16, lines, d), PackedChunks.keysOf(d, count), null,
                    Layout.strided(FLOAT, sizes, strides), PostOps.NONE.scale(1 / Math.sqrt(d))));
            values.add(primitives.matMul(Layout.strided(BFLOAT16, sizes, strides), PackedChunks.valuesOf(d, count), null,
                    Layout.of(FLOAT, lines, d), chunk > 0 ? PostOps.NONE.sum() : PostOps.NONE));
        }
        return new Tile(scores, primitives.softmax(Layout.of(FLOAT, lines, line), Layout.of(BFLOAT16, lines, line)), values);
    }
}
