package thinkj.kernels.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The gradient of RMS norm, by rows and in fp32. With r = 1 / sqrt(mean(x²) + eps):
 * {@code dx = r·(dy·w − x·r²·mean(dy·w·x))}, {@code dw} = sum of {@code dy·x·r} over rows.
 */
final class RmsNormGrad {
    private static final int FLOAT_BYTES = Float.BYTES;

    private final float[] x;
    private final float[] dy;
    private final float[] w;
    private final float[] work;
    private final float[] dw;
    private final double eps;

    private RmsNormGrad(int width, double eps, long weights) {
        x = new float[width];
        dy = new float[width];
        w = new float[width];
        work = new float[width];
        dw = new float[width];
        this.eps = eps;
        floats(weights, width).get(w);
    }

    /** Gradient and x as addresses of [N, D] in fp32. */
    static void run(long dy, long x, INDArray w, double eps, INDArray dx, boolean addX, INDArray dw, boolean addW) {
        int width = (int) w.length();
        long weights = Operands.dense(w);
        long to = Operands.dense(dx);
        Map<Long, float[]> sums = new ConcurrentSkipListMap<>(); // By first row, so that they add up in the same order every time.
        Cores.split(dx.size(0), 4L * width * FLOAT_BYTES, (first, last) -> {
            RmsNormGrad part = new RmsNormGrad(width, eps, weights);
            for (long row = first; row < last; row++) {
                long at = row * width * FLOAT_BYTES;
                part.row(floats(x + at, width), floats(dy + at, width), floats(to + at, width), addX);
            }
            sums.put(first, part.dw);
        });
        FloatBuffer toW = floats(Operands.dense(dw), width);
        float[] sum = new float[width];
        if (addW) {
            toW.get(0, sum);
        }
        sums.values().forEach(part -> add(part, sum));
        toW.put(0, sum);
    }

    private static FloatBuffer floats(long address, int count) {
        return Memory.buffer(address, (long) count * FLOAT_BYTES).asFloatBuffer();
    }

    private void row(FloatBuffer fromX, FloatBuffer fromDy, FloatBuffer to, boolean add) {
        fromX.get(0, x);
        fromDy.get(0, dy);
        squares(x, work);
        float r = (float) (1 / Math.sqrt(sum(work) / (double) x.length + eps));
        products(x, dy, w, work);
        float towardsX = r * r * (sum(work) / x.length);
        if (add) {
            to.get(0, work);
        } else {
            Arrays.fill(work, 0);
        }
        addGradient(x, dy, w, r, towardsX, work, dw);
        to.put(0, work);
    }

    private static void squares(float[] x, float[] out) {
        for (int i = 0; i < out.length; i++) {
            out[i] = x[i] * x[i];
        }
    }

    private static void products(float[] x, float[] dy, float[] w, float[] out) {
        for (int i = 0; i < out.length; i++) {
            out[i] = x[i] * dy[i] * w[i];
        }
    }

    private static void addGradient(float[] x, float[] dy, float[] w, float r, float towardsX, float[] dx, float[] dw) {
        for (int i = 0; i < dx.length; i++) {
            dx[i] += r * (dy[i] * w[i] - x[i] * towardsX);
            dw[i] += dy[i] * (x[i] * r);
        }
    }

    private static void add(float[] what, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += what[i];
        }
    }

    /** Sum by halves, which the compiler vectorises and which rounds least; overwrites the values. */
    private static float sum(float[] values) {
        int length = values.length;
        while (length > 1) {
            int half = length / 2;
            fold(values, length - half, half);
            length -= half;
        }
        return values[0];
    }

    private static void fold(float[] values, int from, int count) {
        for (int i = 0; i < count; i++) {
            values[i] += values[from + i];
        }
    }
}
