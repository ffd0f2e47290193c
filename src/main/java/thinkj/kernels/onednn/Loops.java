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

    /** Some rows of an fp32 matrix without gaps. */
    static FloatBuffer rows(long matrix, long width, long first, long last) {
        return Memory.buffer(matrix + first * width * Float.BYTES, (last - first) * width * Float.BYTES).asFloatBuffer();
    }
}
