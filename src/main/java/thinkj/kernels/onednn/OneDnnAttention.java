package thinkj.kernels.onednn;

import static thinkj.kernels.onednn.Operands.row;

import java.util.Comparator;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Heads;
import thinkj.kernels.onednn.GroupAttention.Gradients;
import thinkj.kernels.onednn.GroupAttention.Group;

/**
 * Causal grouped-query attention: each core computes whole groups of heads of whole sequences ({@link GroupAttention}), so that
 * [H, T, T] is never held whole and no two cores add to the same gradient.
 *
 * <p>A sequence's length is rounded up ({@link PaddedRows}). Queries of zeros change nothing: no real query sees their keys, and their
 * own gradient is zero.
 */
final class OneDnnAttention implements AutoCloseable {
    /** What one score costs, forward, as much as reading and writing so many bytes. */
    private static final long BYTES_OF_A_SCORE = 8;

    /** Backward takes so many times as long as forward. */
    private static final long BACKWARD = 2;

    private final Primitives primitives;
    private final NativeScratch scratch;
    private final Team<GroupAttention> team = new Team<>(GroupAttention::new);

    OneDnnAttention(Primitives primitives) {
        this.primitives = primitives;
        scratch = primitives.scratch();
    }

    void forward(INDArray q, INDArray k, INDArray v, int[] starts, Heads heads, INDArray out) {
        Operands.requireOneType(q, k, v, out);
        PaddedRows rows = new PaddedRows(starts, scratch);
        Batch batch = new Batch(heads, q.dataType(), rows, rows.of(q, "attention.q"), rows.of(k, "attention.k"), rows.of(v, "attention.v"));
        long to = rows.to(out, "attention.out");
        int[] order = longestFirst(rows);
        team.share(order.length * heads.keyValue(), batch.work(), (core, piece) -> {
            int sequence = order[piece / heads.keyValue()];
            int head = piece % heads.keyValue();
            core.forward(batch.group(sequence, head), 0, to + batch.queryOffset(sequence, head));
        });
        rows.giveBack(to, out);
    }

    void backward(INDArray dOut, INDArray q, INDArray k, INDArray v, int[] starts, Heads heads, INDArray dq, INDArray dk, INDArray dv) {
        Operands.requireOneType(q, k, v, dOut, dq);
        PaddedRows rows = new PaddedRows(starts, scratch);
        Batch batch = new Batch(heads, q.dataType(), rows, rows.of(q, "attention.q"), rows.of(k, "attention.k"), rows.of(v, "attention.v"));
        long dOutRows = rows.of(dOut, "attention.dOut");
        long dqRows = rows.to(dq, "attention.dq");
        long dkSums = sums(rows, dk, "attention.dkSums");
        long dvSums = sums(rows, dv, "attention.dvSums");
        int[] order = longestFirst(rows);
        team.share(order.length * heads.keyValue(), BACKWARD * batch.work(), (core, piece) -> {
            int sequence = order[piece / heads.keyValue()];
            int head = piece % heads.keyValue();
            long queries = batch.queryOffset(sequence, head);
            long sums = batch.keyValues(sequence, head) * Float.BYTES;
            core.backward(batch.group(sequence, head), new Gradients(dOutRows + queries, dqRows + queries, dkSums + sums, dvSums + sums));
        });
        rows.giveBack(dqRows, dq);
        round(rows, dkSums, dk, "attention.dk");
        round(rows, dvSums, dv, "attention.dv");
    }

    /** All sequences' rows in every operand, by addresses. */
    private record Batch(Heads heads, DataType type, PaddedRows rows, long q, long k, long v) {

        /** In bytes, from the first row and column of q, or of what is shaped alike, to those of a group. */
        long queryOffset(int sequence, int head) {
            long width = (long) heads.query() * heads.size();
            return (rows.first(sequence) * width + (long) head * heads.group() * heads.size()) * type.width();
        }

        /** In values, from the first row and column of k, or of what is shaped alike, to those of a head. */
        long keyValues(int sequence, int head) {
            return (rows.first(sequence) * heads.keyValue() + head) * heads.size();
        }

        Group group(int sequence, int head) {
            long offset = keyValues(sequence, head) * type.width();
            return new Group(heads, type, rows.count(sequence), q + queryOffset(sequence, head), k + offset, v + offset);
        }

        /** What the forward pass costs, as {@link Team} counts it. */
        long work() {
            long scores = 0;
            for (int s = 0; s < rows.sequences(); s++) {
                scores += rows.count(s) * rows.count(s) / 2;
            }
            return scores * heads.query() * BYTES_OF_A_SCORE;
        }
    }

    /** The numbers of the sequences that have tokens: what takes longest must not come last, when other cores are done. */
    private static int[] longestFirst(PaddedRows rows) {
        return IntStream.range(0, rows.sequences())
                .boxed()
                .filter(s -> rows.count(s) > 0)
                .sorted(Comparator.comparingLong(s -> -rows.count(s)))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Where dk or dv is summed up in fp32: the array itself, if it can hold that. */
    private long sums(PaddedRows rows, INDArray of, String name) {
        return of.dataType() == DataType.FLOAT ? rows.to(of, name) : scratch.take(name, rows.count() * of.size(1) * Float.BYTES);
    }

    /** Sums into the array, rounded to its type. */
    private void round(PaddedRows rows, long sums, INDArray to, String name) {
        long rounded = sums;
        if (to.dataType() != DataType.FLOAT) {
            rounded = rows.to(to, name);
            long[] shape = {rows.count(), to.size(1)};
            primitives.reorder(Layout.of(DataType.FLOAT, shape), Layout.of(to.dataType(), shape), PostOps.NONE).run(sums, rounded);
        }
        rows.giveBack(rounded, to);
    }

    @Override
    public void close() {
        team.close();
    }
}
