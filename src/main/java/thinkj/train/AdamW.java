package thinkj.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019, algorithm 2), in the order of operations of PyTorch's
 * {@code torch.optim.AdamW}:
 *
 * <pre>
 * w ← w·(1 − lr·λ);  m ← m + (1 − β₁)(g − m);  v ← β₂·v + (1 − β₂)·g²
 * w ← w − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * </pre>
 *
 * <p>ND4J's own {@code AdamUpdater} is not used: it adds ε to {@code √v} before the bias correction, so that its ε is effectively
 * {@code ε / √(1 − β₂ᵗ)}, 30 times larger in the first step, and it has no decoupled decay.
 *
 * <p>State is two fp32 arrays a parameter. The loops run on all cores; a step allocates nothing.
 */
public final class AdamW implements AutoCloseable {

    /**
     * @param beta1 β₁
     * @param beta2 β₂
     * @param epsilon ε
     * @param weightDecay λ
     */
    public record Settings(double beta1, double beta2, double epsilon, double weightDecay) {}

    /** Told of every value that a step has written, once, by the thread that wrote it; several at a time. */
    @FunctionalInterface
    public interface Written {
        /** @param from first of {@code count} values of the parameter, in C order */
        void accept(INDArray parameter, long from, long count);
    }

    /** Values computed at once, 4 KiB of each array: all of them stay in the first-level cache. */
    private static final int PIECE = 1024;

    /** A thread's own pieces: weights, gradient, first and second moment, and NaN where a weight of the block is not finite. */
    private static final ThreadLocal<float[][]> SCRATCH = ThreadLocal.withInitial(() -> new float[5][PIECE]);

    private final Settings settings;
    private final FloatBlocks weights;
    private final List<INDArray> moments = new ArrayList<>();
    private final FloatBlocks firstMoment;
    private final FloatBlocks secondMoment;
    private final List<String> names;
    private final boolean[] decayed;
    private final boolean[] nonFinite;
    private final Written written;
    private int steps;

    /**
     * @param parameters changed in place by every step
     * @param decayed says by name which of them feel weight decay
     */
    public AdamW(Map<String, INDArray> parameters, Settings settings, Predicate<String> decayed, Written written) {
        this.settings = settings;
        this.written = written;
        this.weights = new FloatBlocks(parameters.values());
        this.firstMoment = zeros(parameters);
        this.secondMoment = zeros(parameters);
        this.decayed = new boolean[parameters.size()];
        this.nonFinite = new boolean[weights.count()];
        this.names = List.copyOf(parameters.keySet());
        for (int p = 0; p < names.size(); p++) {
            this.decayed[p] = decayed.test(names.get(p));
        }
    }

    /** Both moments of every parameter, under PyTorch's names behind the parameter's own; to be written down, or filled and {@link #resume}d. */
    Map<String, INDArray> state() {
        Map<String, INDArray> state = new LinkedHashMap<>();
        for (int p = 0; p < names.size(); p++) {
            state.put(names.get(p) + ".exp_avg", moments.get(p));
            state.put(names.get(p) + ".exp_avg_sq", moments.get(names.size() + p));
        }
        return state;
    }

    /** Goes on after so many steps. */
    void resume(int stepsTaken) {
        steps = stepsTaken;
    }

    private FloatBlocks zeros(Map<String, INDArray> parameters) {
        List<INDArray> created = new ArrayList<>();
        for (INDArray parameter : parameters.values()) {
            created.add(Nd4j.create(DataType.FLOAT, parameter.shape(), 'c').assign(0));
        }
        moments.addAll(created);
        return new FloatBlocks(created);
    }

    /** Steps taken so far. */
    public int steps() {
        return steps;
    }

    /** After a step: the parameters that it has left with a value that is NaN or infinite, in the model's order. */
    List<String> nonFinite() {
        return IntStream.range(0, nonFinite.length)
                .filter(block -> nonFinite[block])
                .mapToObj(block -> names.get(weights.arrayOf(block)))
                .distinct()
                .toList();
    }

    /**
     * Takes one step.
     *
     * @param gradients of the same parameters in the same order; left as they are
     * @param gradientFactor multiplies every gradient first, as clipping asks
     */
    public void step(Gradients gradients, double learningRate, double gradientFactor) {
        steps++;
        Factors factors = new Factors(
                (float) gradientFactor,
                (float) (1 - learningRate * settings.weightDecay),
                (float) (1 - settings.beta1),
                (float) settings.beta2,
                (float) (1 - settings.beta2),
                (float) (learningRate / (1 - Math.pow(settings.beta1, steps))),
                (float) Math.sqrt(1 - Math.pow(settings.beta2, steps)),
                (float) settings.epsilon);
        weights.toHost();
        weights.forEach(block -> step(block, gradients.blocks(), factors));
        weights.changedOnHost();
    }

    /** What is the same for every value in a step. */
    private record Factors(
            float gradient, float keep, float oneMinusBeta1, float beta2, float oneMinusBeta2, float rate, float rootCorrection, float epsilon) {}

    private void step(int block, FloatBlocks gradients, Factors f) {
        int length = weights.length(block);
        float keep = decayed[weights.arrayOf(block)] ? f.keep : 1f;
        float[] faults = SCRATCH.get()[4];
        Arrays.fill(faults, 0);
        for (int from = 0; from < length; from += PIECE) {
            step(block, from, Math.min(PIECE, length - from), gradients, f, keep);
        }
        nonFinite[block] = anyNaN(faults);
        written.accept(weights.array(block), weights.start(block), length);
    }

    /** What is not finite leaves NaN, anything else nothing. */
    private static void watch(float[] values, float[] faults, int length) {
        for (int i = 0; i < length; i++) {
            faults[i] += values[i] - values[i];
        }
    }

    private static boolean anyNaN(float[] values) {
        boolean any = false;
        for (float value : values) {
            any |= Float.isNaN(value);
        }
        return any;
    }

    private void step(int block, int from, int count, FloatBlocks gradients, Factors f, float keep) {
        float[][] scratch = SCRATCH.get();
        float[] w = scratch[0];
        float[] g = scratch[1];
        float[] m = scratch[2];
        float[] v = scratch[3];
        weights.read(block, from, w, count);
        gradients.read(block, from, g, count);
        firstMoment.read(block, from, m, count);
        secondMoment.read(block, from, v, count);
        update(w, g, m, v, count, f, keep);
        watch(w, scratch[4], count);
        weights.write(block, from, w, count);
        firstMoment.write(block, from, m, count);
        secondMoment.write(block, from, v, count);
    }

    private static void update(float[] w, float[] g, float[] m, float[] v, int length, Factors f, float keep) {
        float scale = f.gradient;
        float oneMinusBeta1 = f.oneMinusBeta1;
        float beta2 = f.beta2;
        float oneMinusBeta2 = f.oneMinusBeta2;
        float rate = f.rate;
        float rootCorrection = f.rootCorrection;
        float epsilon = f.epsilon;
        for (int i = 0; i < length; i++) {
            float gradient = g[i] * scale;
            m[i] += oneMinusBeta1 * (gradient - m[i]);
            v[i] = v[i] * beta2 + oneMinusBeta2 * gradient * gradient;
            w[i] = w[i] * keep - rate * m[i] / ((float) Math.sqrt(v[i]) / rootCorrection + epsilon);
        }
    }

    @Override
    public void close() {
        moments.forEach(INDArray::close);
    }
}
