package thinkj.kernels.onednn;

import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rows of queries, keys and values side by side, taken apart, queries and keys rotated on the way: in fp32, in pieces that stay in a core's
 * own cache.
 */
final class HeadSplit implements AutoCloseable {
    /** Values that a core rotates at once; 128 KiB in fp32. */
    private static final long PIECE = 1 << 15;

    private final Team<Member> team = new Team<>(Member::new);

    /**
     * What is taken apart.
     *
     * @param queries width of q
     * @param keys width of k, as v's
     * @param half of a head, the width of cos and sin
     */
    private record Call(DataType type, long queries, long keys, int half, long qkv, long cos, long sin, long q, long k, long v) {

        /** Of a row of queries and keys. */
        long turned() {
            return queries + keys;
        }

        /** Of a row of all. */
        long width() {
            return queries + 2 * keys;
        }
    }

    /**
     * @param qkv [N, (H + 2K) · d]
     * @param cos [N, d / 2], as sin
     * @param q [N, H · d], of qkv's type, as k and v, [N, K · d]
     */
    void run(INDArray qkv, INDArray cos, INDArray sin, INDArray q, INDArray k, INDArray v) {
        Operands.requireOneType(qkv, q, k, v);
        Call call = new Call(
                qkv.dataType(),
                q.size(1),
                k.size(1),
                (int) cos.size(1),
                Operands.dense(qkv),
                Operands.dense(cos),
                Operands.dense(sin),
                Operands.dense(q),
                Operands.dense(k),
                Operands.dense(v));
        long rows = qkv.size(0);
        long step = Math.max(1, PIECE / call.turned());
        team.share((int) ((rows + step - 1) / step), 2 * qkv.length() * call.type.width(), (member, i) ->
                member.rows(call, i * step, Math.min(rows, (i + 1) * step)));
    }

    /** What one core takes apart with. */
    private static final class Member {
        private final Primitives primitives;
        private final RotaryRows rotary;

        Member(Primitives primitives) {
            this.primitives = primitives;
            rotary = new RotaryRows(primitives);
        }

        void rows(Call call, long first, long last) {
            long count = last - first;
            long turned = call.turned();
            long width = call.type.width();
            long from = call.qkv + first * call.width() * width;
            long tables = first * call.half * Float.BYTES;
            long wide = primitives.scratch().take("turned", count * turned * Float.BYTES);
            move(call.type, call.width(), from, FLOAT, wide, count, turned);
            rotary.turn(new RotaryRows.Call(FLOAT, (int) turned, call.half, wide, call.cos + tables, call.sin + tables, false, wide), 0, count);
            move(FLOAT, turned, wide, call.type, call.q + first * call.queries * width, count, call.queries);
            move(FLOAT, turned, wide + call.queries * Float.BYTES, call.type, call.k + first * call.keys * width, count, call.keys);
            for (long row = 0; row < count; row++) {
                Memory.copy(from + (row * call.width() + turned) * width, call.v + (first + row) * call.keys * width, call.keys * width);
            }
        }

        /** Some columns of rows of a longer one into rows without gaps. */
        private void move(DataType fromType, long stride, long from, DataType toType, long to, long rows, long columns) {
            Layout some = Layout.strided(fromType, new long[] {rows, columns}, new long[] {stride, 1});
            primitives.reorder(some, Layout.of(toType, rows, columns), PostOps.NONE).run(from, to);
        }
    }

    @Override
    public void close() {
        team.close();
    }
}
