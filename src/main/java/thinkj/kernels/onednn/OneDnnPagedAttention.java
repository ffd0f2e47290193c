package thinkj.kernels.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Heads;
import thinkj.kernels.NativeThreads;
import thinkj.kernels.PagedRows;

/**
 * Attention of new tokens over a paged cache. Products of one sequence's few queries are too small to be worth several threads: each core
 * takes pieces of sequences ({@link PagedPiece}), or groups of them that begin alike ({@link PagedGroup}), as long as there are any, and
 * computes them alone ({@link PagedCore}).
 */
final class OneDnnPagedAttention implements AutoCloseable {
    /** Work below which one core is done before another has woken up, as {@link #work} counts it. */
    private static final double WORTHWHILE = 4e6;

    /** Gathering a key and its value costs as much as having some queries see it. */
    private static final int QUERIES_OF_GATHERING = 3;

    private final List<PagedCore> cores = new ArrayList<>();

    void attend(INDArray q, INDArray k, INDArray v, PagedRows where, INDArray keyCache, INDArray valueCache, Heads heads, INDArray out) {
        Operands.requireOneType(q, k, v, keyCache, valueCache, out);
        PagedCall call = new PagedCall(
                heads,
                q.dataType(),
                where,
                where.firstBlocks(),
                Operands.dense(q),
                Operands.dense(keyCache),
                Operands.dense(valueCache),
                Operands.dense(out));
        append(call, Operands.dense(k), Operands.dense(v));
        int behind = where.starts()[where.sequences()];
        Memory.zero(call.row(call.out(), behind), (q.size(0) - behind) * call.rowBytes());
        List<PagedPiece> pieces = pieces(where, call.type());
        double work = pieces.stream().mapToDouble(piece -> work(piece, heads)).sum();
        int most = (int) Math.max(1, Math.min(pieces.size(), Math.min(NativeThreads.current(), 1 + work / WORTHWHILE)));
        List<PagedGroup> groups = PagedGroup.of(pieces, call, most);
        int parts = Math.min(most, groups.size());
        while (cores.size() < parts) {
            cores.add(new PagedCore());
        }
        // From the last one on: what a core has gathered for the end of a long piece of text serves what comes before.
        AtomicInteger left = new AtomicInteger(groups.size());
        inParallel(parts, part -> {
            for (int i = left.decrementAndGet(); i >= 0; i = left.decrementAndGet()) {
                cores.get(part).attend(call, groups.get(i));
            }
        });
    }

    /** Something that one of several threads does. */
    private interface Part {
        void run(int part);
    }

    private static void inParallel(int parts, Part work) {
        if (parts == 1) {
            NativeThreads.alone(() -> work.run(0));
        } else {
            IntStream.range(0, parts).parallel().forEach(part -> NativeThreads.alone(() -> work.run(part)));
        }
    }

    /** Multiplications, about. */
    private static double work(PagedPiece piece, Heads heads) {
        return 2.0 * (piece.rows() + QUERIES_OF_GATHERING) * piece.keys() * heads.query() * heads.size();
    }

    private static List<PagedPiece> pieces(PagedRows where, DataType type) {
        List<PagedPiece> pieces = new ArrayList<>();
        for (int s = 0; s < where.sequences(); s++) {
            PagedPiece.cut(s, type, where.past()[s], where.length(s), pieces);
        }
        return pieces;
    }

    /** Writes the new keys and values to where they belong. */
    private static void append(PagedCall call, long k, long v) {
        PagedRows where = call.where();
        long bytes = call.keyBytes();
        for (int s = 0; s < where.sequences(); s++) {
            long first = where.starts()[s];
            where.through(call.firstBlocks()[s], where.past()[s], where.length(s), (row, place, count) -> {
                Memory.copy(k + (first + row) * bytes, call.keyBlocks() + place * bytes, count * bytes);
                Memory.copy(v + (first + row) * bytes, call.valueBlocks() + place * bytes, count * bytes);
            });
        }
    }

    @Override
    public void close() {
        cores.forEach(PagedCore::close);
    }
}
