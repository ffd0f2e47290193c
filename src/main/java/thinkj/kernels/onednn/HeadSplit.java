package thinkj.kernels.onednn;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Rows of queries, keys and values side by side, taken apart, queries and keys rotated on the way. */
final class HeadSplit {
    private HeadSplit() {}

    /**
     * @param qkv [N, (H + 2K) · d]
     * @param cos [N, d / 2], as sin
     * @param q [N, H · d], of qkv's type, as k and v, [N, K · d]
     */
    static void run(INDArray qkv, INDArray cos, INDArray sin, INDArray q, INDArray k, INDArray v) {
        Operands.requireOneType(qkv, q, k, v);
        NativeRows from = rows(qkv);
        NativeRows cosines = rows(cos);
        NativeRows sines = rows(sin);
        long type = from.type().width();
        long values = Operands.dense(v);
        long valueBytes = v.size(1) * type;
        long valuesAt = (q.size(1) + k.size(1)) * type;
        Cores.split(qkv.size(0), 2 * from.width() * type, (first, last) -> {
            Turn queries = new Turn(from, 0, rows(q));
            Turn keys = new Turn(from, q.size(1), rows(k));
            float[] c = new float[cosines.width()];
            float[] s = new float[sines.width()];
            for (long row = first; row < last; row++) {
                cosines.read(row, c, null);
                sines.read(row, s, null);
                queries.row(row, c, s);
                keys.row(row, c, s);
                Memory.copy(from.at(row) + valuesAt, values + row * valueBytes, valueBytes);
            }
        });
    }

    private static NativeRows rows(INDArray matrix) {
        return new NativeRows(Operands.dense(matrix), matrix.dataType(), (int) matrix.size(1));
    }

    /** Rotates some of the columns of a matrix into another one. */
    private static final class Turn {
        private final NativeRows from;
        private final long column;
        private final NativeRows to;
        private final float[] values;
        private final float[] turned;
        private final short[] bits;

        Turn(NativeRows from, long column, NativeRows to) {
            this.from = from;
            this.column = column;
            this.to = to;
            values = new float[to.width()];
            turned = new float[to.width()];
            bits = new short[to.width()];
        }

        void row(long row, float[] cos, float[] sin) {
            new NativeRows(from.at(row) + column * from.type().width(), from.type(), to.width()).read(0, values, bits);
            int half = cos.length;
            for (int head = 0; head < values.length; head += 2 * half) {
                for (int i = 0; i < half; i++) {
                    float a = values[head + i];
                    float b = values[head + half + i];
                    turned[head + i] = a * cos[i] - b * sin[i];
                    turned[head + half + i] = b * cos[i] + a * sin[i];
                }
            }
            to.write(turned, row, bits);
        }
    }
}
