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
    /** So many values are added one by one in the time that halving them takes. */
    private static final int FEW = 32;

    private final float[] x;
    private final float[] dy;
    private final float[] w;
    private final float[] work;
    private final float[] halves;
    private final float[] dw;
    private final double eps;

    private RmsNormGrad(int width, double eps, long weights) {
        x = new float[width];
        dy = new float[width];
        w = new float[width];
        work = new float[width];
        halves = new float[width / 2];
        dw = new float[width];
        this.eps = eps;
        Loops.rows(weights, width, 0, 1).get(w);
    }

    /** Gradient and x as addresses of [N, D] in fp32; dw may be null. */
    static void run(long dy, long x, INDArray w, double eps, INDArray dx, boolean addX, INDArray dw, boolean addW) {
        int width = (int) w.length();
        long weights = Operands.dense(w);
        long to = Operands.dense(dx);
        Map<Long, float[]> sums = new ConcurrentSkipListMap<>(); // By first row, so that they add up in the same order every time.
        Cores.split(dx.size(0), 4L * width * Float.BYTES, (first, last) -> {
            RmsNormGrad part = new RmsNormGrad(width, eps, weights);
            FloatBuffer fromX = Loops.rows(x, width, first, last);
            FloatBuffer fromDy = Loops.rows(dy, width, first, last);
            FloatBuffer toX = Loops.rows(to, width, first, last);
            for (int row = 0; row < last - first; row++) {
                part.row(row * width, fromX, fromDy, toX, addX);
            }
            sums.put(first, part.dw);
        });
        if (dw == null) {
            return;
        }
        FloatBuffer toW = Loops.rows(Operands.dense(dw), width, 0, 1);
        float[] sum = new float[width];
        if (addW) {
            toW.get(0, sum);
        }
        sums.values().forEach(part -> add(part, sum, width));
        toW.put(0, sum);
    }

    private void row(int at, FloatBuffer fromX, FloatBuffer fromDy, FloatBuffer to, boolean add) {
        fromX.get(at, x);
        fromDy.get(at, dy);
        squares(x, work);
        float r = (float) (1 / Math.sqrt(sum() / (double) x.length + eps));
        products(x, dy, w, work);
        float towardsX = r * r * (sum() / x.length);
        if (add) {
            to.get(at, work);
        } else {
            Arrays.fill(work, 0);
        }
        addGradient(x, dy, w, r, towardsX, work, dw);
        to.put(at, work);
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

    private static void add(float[] what, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += what[i];
        }
    }

    /** Sum of what {@code work} holds, by halves, which rounds least; uses it up. */
    private float sum() {
        int length = work.length;
        while (length > FEW) {
            int half = length / 2;
            // Into an array of its own: the compiler must see that what is read is not what is written.
            System.arraycopy(work, length - half, halves, 0, half);
            add(halves, work, half);
            length -= half;
        }
        float sum = 0;
        for (int i = 0; i < length; i++) {
            sum += work[i];
        }
        return sum;
    }
}
