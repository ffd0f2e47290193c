package thinkj.kernels.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What oneDNN has no kernel for, as loops over rows copied to and from Java arrays. */
final class Loops {

    private Loops() {}

    static void gatherRows(INDArray table, INDArray rows, INDArray y) {
        int[] chosen = rows.toIntVector();
        if (table.dataType() != y.dataType()) {
            widenRows(new NativeRows(Operands.dense(table), table.dataType(), (int) table.size(1)), chosen, y);
            return;
        }
        long bytes = table.size(1) * table.dataType().width();
        long from = Operands.dense(table);
        long to = Operands.dense(y);
        Cores.split(chosen.length, 2 * bytes, (first, last) -> {
            for (long i = first; i < last; i++) {
                Memory.copy(from + chosen[(int) i] * bytes, to + i * bytes, bytes);
            }
        });
    }

    private static void widenRows(NativeRows table, int[] chosen, INDArray y) {
        NativeRows to = new NativeRows(Operands.dense(y), y.dataType(), table.width());
        float[] row = new float[table.width()];
        short[] bits = new short[table.width()];
        for (int i = 0; i < chosen.length; i++) {
            table.read(chosen[i], row, bits);
            to.write(row, i, bits);
        }
    }

    /** Each row of the table gets the sum of its rows of dy, in their order; dy and the table are fp32. */
    static void gatherRowsGrad(long dy, INDArray rows, INDArray dTable, boolean add) {
        int width = (int) dTable.size(1);
        long bytes = (long) width * Float.BYTES;
        long to = Operands.dense(dTable);
        if (!add) {
            Cores.split(dTable.size(0), bytes, (first, last) -> Memory.zero(to + first * bytes, (last - first) * bytes));
        }
        int[] chosen = rows.toIntVector();
        long[] order = new long[chosen.length]; // A row of the table, and below it a row of dy.
        Arrays.setAll(order, i -> (long) chosen[i] << Integer.SIZE | i);
        Arrays.sort(order);
        FloatBuffer from = rows(dy, width, 0, chosen.length);
        float[] sum = new float[width];
        float[] more = new float[width];
        for (int i = 0; i < order.length; ) {
            long row = order[i] >> Integer.SIZE;
            from.get((int) order[i] * width, sum);
            for (i++; i < order.length && order[i] >> Integer.SIZE == row; i++) {
                from.get((int) order[i] * width, more);
                add(more, sum);
            }
            if (add) {
                Memory.read(to + row * bytes, more, width);
                add(more, sum);
            }
            Memory.write(sum, width, to + row * bytes);
        }
    }

    private static void add(float[] what, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += what[i];
        }
    }

    /**
     * @param from address of x [N, heads · d] in fp32
     * @param to address of y, which may be x
     * @param cos [N, d / 2], as sin
     */
    static void rotary(long from, long to, int width, INDArray cos, INDArray sin, boolean inverse) {
        int half = (int) cos.size(1);
        long cosines = Operands.dense(cos);
        long sines = Operands.dense(sin);
        Cores.split(cos.size(0), 2L * width * Float.BYTES, (first, last) -> {
            FloatBuffer in = rows(from, width, first, last);
            FloatBuffer out = rows(to, width, first, last);
            FloatBuffer c = rows(cosines, half, first, last);
            FloatBuffer s = rows(sines, half, first, last);
            float[] values = new float[width];
            float[] exchanged = new float[width];
            float[] cosRow = new float[width];
            float[] sinRow = new float[width];
            for (int row = 0; row < last - first; row++) {
                in.get(row * width, values);
                exchangeHalves(values, exchanged, half);
                c.get(row * half, cosRow, 0, half);
                System.arraycopy(cosRow, 0, cosRow, half, half);
                s.get(row * half, sinRow, inverse ? 0 : half, half);
                negate(sinRow, inverse ? 0 : half, inverse ? half : 0, half);
                repeat(cosRow, 2 * half);
                repeat(sinRow, 2 * half);
                turn(values, exchanged, cosRow, sinRow);
                out.put(row * width, values);
            }
        });
    }

    /** Whole rows at once, which the compiler vectorises: a head's halves are too short for that. */
    private static void turn(float[] values, float[] exchanged, float[] cos, float[] sin) {
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] * cos[i] + exchanged[i] * sin[i];
        }
    }

    private static void exchangeHalves(float[] values, float[] to, int half) {
        for (int head = 0; head < values.length; head += 2 * half) {
            System.arraycopy(values, head + half, to, head, half);
            System.arraycopy(values, head, to, head + half, half);
        }
    }

    private static void negate(float[] values, int from, int to, int count) {
        for (int i = 0; i < count; i++) {
            values[to + i] = -values[from + i];
        }
    }

    /** Fills an array with copies of its beginning. */
    private static void repeat(float[] values, int filled) {
        for (int n = filled; n < values.length; n *= 2) {
            System.arraycopy(values, 0, values, n, Math.min(n, values.length - n));
        }
    }

    /** Some rows of an fp32 matrix without gaps. */
    static FloatBuffer rows(long matrix, long width, long first, long last) {
        return Memory.buffer(matrix + first * width * Float.BYTES, (last - first) * width * Float.BYTES).asFloatBuffer();
    }
}
