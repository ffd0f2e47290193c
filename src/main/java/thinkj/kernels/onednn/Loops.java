package thinkj.kernels.onednn;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What oneDNN has no kernel for, as loops over rows copied to and from Java arrays. */
final class Loops {

    private Loops() {}

    static void gatherRows(INDArray table, INDArray rows, INDArray y) {
        if (table.dataType() != y.dataType()) {
            throw new IllegalArgumentException("rows of " + table.dataType() + " cannot become " + y.dataType());
        }
        int[] chosen = rows.toIntVector();
        long bytes = table.size(1) * table.dataType().width();
        long from = Operands.dense(table);
        long to = Operands.dense(y);
        Cores.split(chosen.length, 2 * bytes, (first, last) -> {
            for (long i = first; i < last; i++) {
                Memory.copy(from + chosen[(int) i] * bytes, to + i * bytes, bytes);
            }
        });
    }

    /** Each row of the table gets the sum of its rows of dy, in their order; dy and the table are fp32. */
    static void gatherRowsGrad(long dy, INDArray rows, INDArray dTable, boolean add) {
        int width = (int) dTable.size(1);
        long bytes = width * (long) DataType.FLOAT.width();
        long to = Operands.dense(dTable);
        if (!add) {
            Cores.split(dTable.size(0), bytes, (first, last) -> Memory.zero(to + first * bytes, (last - first) * bytes));
        }
        int[] chosen = rows.toIntVector();
        long[] order = new long[chosen.length]; // A row of the table, and below it a row of dy.
        Arrays.setAll(order, i -> (long) chosen[i] << Integer.SIZE | i);
        Arrays.sort(order);
        float[] sum = new float[width];
        float[] more = new float[width];
        for (int i = 0; i < order.length; ) {
            long row = order[i] >> Integer.SIZE;
            Memory.buffer(dy + (int) order[i] * bytes, bytes).asFloatBuffer().get(sum);
            for (i++; i < order.length && order[i] >> Integer.SIZE == row; i++) {
                Memory.buffer(dy + (int) order[i] * bytes, bytes).asFloatBuffer().get(more);
                add(more, sum);
            }
            ByteBuffer target = Memory.buffer(to + row * bytes, bytes);
            if (add) {
                target.asFloatBuffer().get(more);
                add(more, sum);
            }
            target.asFloatBuffer().put(sum);
        }
    }

    private static void add(float[] what, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += what[i];
        }
    }

    static void rotary(INDArray x, INDArray cos, INDArray sin, boolean inverse, INDArray y) {
        int width = (int) x.size(1);
        int half = (int) cos.size(1);
        long bytes = width * (long) x.dataType().width();
        long from = Operands.dense(x);
        long to = Operands.dense(y);
        long cosines = Operands.dense(cos);
        long sines = Operands.dense(sin);
        boolean narrow = x.dataType() == DataType.BFLOAT16;
        Cores.split(x.size(0), 2 * bytes, (first, last) -> {
            Turn turn = new Turn(width, half, inverse);
            ByteBuffer in = Memory.buffer(from + first * bytes, (last - first) * bytes);
            ByteBuffer out = Memory.buffer(to + first * bytes, (last - first) * bytes);
            long table = half * (long) DataType.FLOAT.width();
            ByteBuffer c = Memory.buffer(cosines + first * table, (last - first) * table);
            ByteBuffer s = Memory.buffer(sines + first * table, (last - first) * table);
            for (int row = 0; row < last - first; row++) {
                c.asFloatBuffer().get(row * half, turn.cos);
                s.asFloatBuffer().get(row * half, turn.sin);
                if (narrow) {
                    in.asShortBuffer().get(row * width, turn.bits);
                    Bf16.toFloats(turn.bits, turn.values);
                    turn.run();
                    Bf16.fromFloats(turn.values, turn.bits);
                    out.asShortBuffer().put(row * width, turn.bits);
                } else {
                    in.asFloatBuffer().get(row * width, turn.values);
                    turn.run();
                    out.asFloatBuffer().put(row * width, turn.values);
                }
            }
        });
    }

    /** One row's heads: each half against the other. */
    private static final class Turn {
        final float[] values;
        final short[] bits;
        final float[] cos;
        final float[] sin;
        private final boolean inverse;

        Turn(int width, int half, boolean inverse) {
            values = new float[width];
            bits = new short[width];
            cos = new float[half];
            sin = new float[half];
            this.inverse = inverse;
        }

        void run() {
            int half = cos.length;
            if (inverse) {
                for (int i = 0; i < half; i++) {
                    sin[i] = -sin[i];
                }
            }
            for (int head = 0; head < values.length; head += 2 * half) {
                turn(values, head, half, cos, sin);
            }
        }

        private static void turn(float[] values, int head, int half, float[] cos, float[] sin) {
            for (int i = 0; i < half; i++) {
                float a = values[head + i];
                float b = values[head + half + i];
                values[head + i] = a * cos[i] - b * sin[i];
                values[head + half + i] = b * cos[i] + a * sin[i];
            }
        }
    }
}
