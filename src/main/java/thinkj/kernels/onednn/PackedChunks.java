package thinkj.kernels.onednn;

import static org.nd4j.linalg.api.buffer.DataType.BFLOAT16;

import java.util.Arrays;

/**
 * Keys and values of one sequence in bf16, in chunks, each in oneDNN's own order as right operand of a product. A core computes the pieces of a
 * sequence one after the other, so that a chunk is brought into that order once for all of them, unless a piece has only a part of it.
 */
final class PackedChunks {
    /** Keys of a chunk: more of them make fewer products, but a piece that has a part of a chunk has that part brought into order anew. */
    static final Chunks CHUNKS = new Chunks(1024);

    private final Primitives primitives;
    private final NativeScratch scratch;
    private PagedCall call;
    private int sequence;

    /** Keys of each chunk as they lie there; 0 for none. */
    private int[] counts = {};

    /** Behind the last position that was gathered for a chunk. */
    private int[] ends = {};

    private long keys;
    private long keysBytes;
    private long values;
    private long valuesBytes;

    PackedChunks(Primitives primitives) {
        this.primitives = primitives;
        scratch = primitives.scratch();
    }

    /** So many keys, transposed. */
    static Layout keysOf(long d, int count) {
        return Layout.packed(BFLOAT16, d, count);
    }

    static Layout valuesOf(long d, int count) {
        return Layout.packed(BFLOAT16, count, d);
    }

    /** Address of a chunk's keys of one key and value head. */
    long keys(int chunk, int head) {
        return keys + ((long) chunk * call.heads().keyValue() + head) * keysBytes;
    }

    long values(int chunk, int head) {
        return values + ((long) chunk * call.heads().keyValue() + head) * valuesBytes;
    }

    /** Sees to it that all chunks of a piece are there, with zeros behind its last key. */
    void gather(PagedCall of, PagedPiece piece) {
        if (call != of || sequence != piece.sequence()) {
            start(of, piece.sequence());
        }
        for (int chunk = 0; chunk < CHUNKS.count(piece.keys()); chunk++) {
            int count = CHUNKS.width(piece.keys(), chunk);
            int end = Math.min(piece.to(), CHUNKS.first(chunk) + count);
            if (counts[chunk] != count || ends[chunk] < end) {
                pack(piece, chunk, count);
                counts[chunk] = count;
                ends[chunk] = end;
            }
        }
    }

    private void start(PagedCall of, int which) {
        call = of;
        sequence = which;
        int most = CHUNKS.count(PagedPiece.keys(of.where().length(which) - 1));
        if (counts.length < most) {
            counts = new int[2 * most];
            ends = new int[2 * most];
        }
        Arrays.fill(counts, 0);
        long d = of.heads().size();
        long each = (long) most * of.heads().keyValue();
        keysBytes = keysOf(d, CHUNKS.size()).packedBytes();
        valuesBytes = valuesOf(d, CHUNKS.size()).packedBytes();
        keys = scratch.take("packed keys", each * keysBytes);
        values = scratch.take("packed values", each * valuesBytes);
    }

    private void pack(PagedPiece piece, int chunk, int count) {
        long d = call.heads().size();
        long between = call.heads().keyValue() * d;
        Layout gathered = Layout.strided(BFLOAT16, new long[] {count, d}, new long[] {between, 1});
        long plain = scratch.take("chunk", CHUNKS.size() * call.keyBytes());
        Primitive ofKeys = primitives.reorder(gathered.transposed(), keysOf(d, count), PostOps.NONE);
        call.gather(piece, CHUNKS.first(chunk), count, call.keyBlocks(), plain);
        for (int head = 0; head < call.heads().keyValue(); head++) {
            ofKeys.run(plain + head * d * BFLOAT16.width(), keys(chunk, head));
        }
        Primitive ofValues = primitives.reorder(gathered, valuesOf(d, count), PostOps.NONE);
        call.gather(piece, CHUNKS.first(chunk), count, call.valueBlocks(), plain);
        for (int head = 0; head < call.heads().keyValue(); head++) {
            ofValues.run(plain + head * d * BFLOAT16.width(), values(chunk, head));
        }
    }
}
