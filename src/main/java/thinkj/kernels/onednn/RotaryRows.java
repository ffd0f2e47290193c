package thinkj.kernels.onednn;

import java.nio.FloatBuffer;
import org.nd4j.linalg.api.buffer.DataType;

/** Rotary embedding on one core, by rows copied to and from Java arrays in fp32: whole rows, a head's halves are too short for vectors. */
final class RotaryRows {
    private final Primitives primitives;
    private float[] values = {};
    private float[] exchanged;
    private float[] cosines;
    private float[] sines;

    RotaryRows(Primitives primitives) {
        this.primitives = primitives;
    }

    /**
     * What is turned.
     *
     * @param type of x and y
     * @param width of x and y, [N, width]
     * @param half of a head, the width of cos and sin, which are fp32
     * @param inverse turns back
     */
    record Call(DataType type, int width, int half, long x, long cos, long sin, boolean inverse, long y) {}

    /** The rows from one number up to another. */
    void turn(Call call, long first, long last) {
        if (values.length != call.width) {
            values = new float[call.width];
            exchanged = new float[call.width];
            cosines = new float[call.width];
            sines = new float[call.width];
        }
        long rowBytes = (long) call.width * call.type.width();
        long count = last - first;
        if (call.type == DataType.FLOAT) {
            rows(call, first, count, call.x + first * rowBytes, call.y + first * rowBytes);
        } else {
            // oneDNN converts by vectors, which Java's compiler does not.
            Layout narrow = Layout.of(call.type, count * call.width);
            Layout wide = Layout.of(DataType.FLOAT, count * call.width);
            long copy = primitives.scratch().take("rows", count * call.width * Float.BYTES);
            primitives.reorder(narrow, wide, PostOps.NONE).run(call.x + first * rowBytes, copy);
            rows(call, first, count, copy, copy);
            primitives.reorder(wide, narrow, PostOps.NONE).run(copy, call.y + first * rowBytes);
        }
    }

    private void rows(Call call, long first, long count, long from, long to) {
        int half = call.half;
        FloatBuffer in = Loops.rows(from, call.width, 0, count);
        FloatBuffer out = Loops.rows(to, call.width, 0, count);
        FloatBuffer cos = Loops.rows(call.cos, half, first, first + count);
        FloatBuffer sin = Loops.rows(call.sin, half, first, first + count);
        for (int row = 0; row < count; row++) {
            in.get(row * call.width, values);
            exchangeHalves(values, exchanged, half);
            cos.get(row * half, cosines, 0, half);
            System.arraycopy(cosines, 0, cosines, half, half);
            sin.get(row * half, sines, call.inverse ? 0 : half, half);
            negate(sines, call.inverse ? 0 : half, call.inverse ? half : 0, half);
            repeat(cosines, 2 * half);
            repeat(sines, 2 * half);
            turn(values, exchanged, cosines, sines);
            out.put(row * call.width, values);
        }
    }

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
}
