package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import thinkj.kernels.Nd4jKernels;
import thinkj.kernels.Precision;

/** Token log-probabilities in blocks of the vocabulary against the reference kernels. */
class OneDnnTokenLogProbsTest {
    /** Logits up to 40, of which both sides lose some units in the last place, 4e-6 each. */
    private static final double FP32 = 5e-5;

    /** Probabilities have the errors of such logits, norm-wise. */
    private static final double FP32_GRADIENT = 2e-5;

    /** The same bf16 operands on both sides; what is left is that exponentials and scaled rows are rounded to eight bits, norm-wise. */
    private static final double BF16_GRADIENT = 1e-2;

    private final Random random = new Random(8);
    private final Nd4jKernels reference = new Nd4jKernels();
    private final WeightCopies copies = new WeightCopies();

    @BeforeEach
    void start() {
        assumeTrue(OneDnn.problem().isEmpty(), () -> "needs oneDNN: " + OneDnn.problem().orElseThrow());
    }

    @AfterEach
    void close() {
        copies.close();
    }

    /** Arguments and gradients of one call; weights are fp32 values that bf16 can hold, so that both sides see the same. */
    private final class Case {
        final INDArray h;
        final INDArray w;
        final INDArray ids;
        final INDArray dLogProbs;
        final INDArray dEntropy;
        final INDArray logProbs;
        final INDArray entropy;
        final INDArray dh;
        final INDArray dw;

        Case(DataType type, int rows, int vocabulary, int hidden, double size) {
            h = random(size, rows, hidden).castTo(DataType.BFLOAT16).castTo(type);
            w = random(1, vocabulary, hidden).castTo(DataType.BFLOAT16).castTo(DataType.FLOAT);
            ids = Nd4j.createFromArray(random.ints(rows, 0, vocabulary).toArray());
            dLogProbs = random(1, rows);
            dEntropy = random(1, rows);
            logProbs = Nd4j.createUninitialized(DataType.FLOAT, rows);
            entropy = Nd4j.createUninitialized(DataType.FLOAT, rows);
            dh = Nd4j.createUninitialized(DataType.FLOAT, rows, hidden);
            dw = Nd4j.createUninitialized(DataType.FLOAT, vocabulary, hidden);
        }

        void forward(OneDnnTokenLogProbs kernel, double temperature) {
            kernel.forward(h, w, ids, temperature, logProbs, entropy);
        }

        void backward(OneDnnTokenLogProbs kernel, double temperature) {
            kernel.backward(dLogProbs, dEntropy, h, w, ids, temperature, dh, dw, false);
        }

        void checkResult(double temperature, double tolerance) {
            INDArray expectedLogProbs = Nd4j.createUninitialized(DataType.FLOAT, ids.length());
            INDArray expectedEntropy = Nd4j.createUninitialized(DataType.FLOAT, ids.length());
            reference.tokenLogProbs(h.castTo(DataType.FLOAT), w, ids, temperature, expectedLogProbs, expectedEntropy);
            assertEquals(0, largest(expectedLogProbs.sub(logProbs)), tolerance, "log-probabilities of " + this);
            assertEquals(0, largest(expectedEntropy.sub(entropy)), tolerance, "entropies of " + this);
        }

        void checkGradient(double temperature, double tolerance) {
            INDArray expectedH = Nd4j.createUninitialized(DataType.FLOAT, dh.shape());
            INDArray expectedW = Nd4j.createUninitialized(DataType.FLOAT, dw.shape());
            reference.tokenLogProbsGrad(
                    dLogProbs, dEntropy, h.castTo(DataType.FLOAT), w, ids, temperature, expectedH, expectedW, false);
            check(expectedH, dh, "dh", tolerance);
            check(expectedW, dw, "dw", tolerance);
        }

        /** Where targets are certain, gradients vanish, and the reference's are rounding errors of 1 - p. */
        private void check(INDArray expected, INDArray found, String name, double tolerance) {
            double size = Math.max(norm(expected), 0.1 * (norm(dLogProbs) + norm(dEntropy)));
            double error = norm(expected.sub(found));
            assertTrue(error <= tolerance * size, name + " of " + this + ": " + error / size);
        }

        @Override
        public String toString() {
            return Arrays.toString(dh.shape()) + " " + dw.size(0);
        }
    }

    private OneDnnTokenLogProbs kernel(Precision precision, long budget) {
        return new OneDnnTokenLogProbs(new Operands(new Primitives(), copies, precision), budget);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void resultsAndGradientsOverSizes(Precision precision) {
        assumeTrue(precision == Precision.FP32 || OneDnn.hasBf16(), "bf16 needs a CPU with AVX-512");
        double tolerance = precision == Precision.FP32 ? FP32_GRADIENT : BF16_GRADIENT;
        int[][] sizes = {{1, 1, 1}, {1, 2, 3}, {3, 17, 5}, {17, 300, 64}, {33, 1024, 8}, {65, 1025, 33}, {300, 5003, 16}};
        for (long budget : new long[] {0, 1 << 21, 1 << 30}) {
            OneDnnTokenLogProbs kernel = kernel(precision, budget);
            for (int[] size : sizes) {
                for (double temperature : new double[] {1, 0.7}) {
                    for (boolean entropy : new boolean[] {false, true}) {
                        Case c = new Case(precision.activations(), size[0], size[1], size[2], 1);
                        if (!entropy) {
                            c.dEntropy.assign(0);
                        }
                        c.forward(kernel, temperature);
                        c.checkResult(temperature, FP32);
                        c.backward(kernel, temperature);
                        // One token alone is certain: its gradients are zero, and what is left is rounding.
                        if (size[1] > 1) {
                            c.checkGradient(temperature, tolerance);
                        }
                    }
                }
            }
        }
    }

    @Test
    void gradientOfOtherArgumentsThanTheLastResults() {
        for (long budget : new long[] {0, 1 << 30}) {
            OneDnnTokenLogProbs kernel = kernel(Precision.FP32, budget);
            Case first = new Case(DataType.FLOAT, 20, 3000, 8, 1);
            Case second = new Case(DataType.FLOAT, 20, 3000, 8, 1);
            first.dEntropy.assign(0);
            second.dEntropy.assign(0);
            first.backward(kernel, 1);
            first.checkGradient(1, FP32_GRADIENT);
            first.forward(kernel, 1);
            second.forward(kernel, 1);
            first.backward(kernel, 1);
            first.checkGradient(1, FP32_GRADIENT);
            first.w.muli(1.5);
            first.backward(kernel, 1);
            first.checkGradient(1, FP32_GRADIENT);
            first.h.putScalar(19, 7, 2);
            first.backward(kernel, 1);
            first.checkGradient(1, FP32_GRADIENT);
            first.ids.putScalar(3, 5);
            first.backward(kernel, 0.5);
            first.checkGradient(0.5, FP32_GRADIENT);
        }
    }

    @Test
    void entropiesAreLeftOutWhereNobodyAsks() {
        for (double temperature : new double[] {1, 0.7}) {
            OneDnnTokenLogProbs kernel = kernel(Precision.FP32, 1 << 30);
            Case c = new Case(DataType.FLOAT, 33, 3000, 8, 1);
            c.forward(kernel, temperature);
            INDArray alone = Nd4j.createUninitialized(DataType.FLOAT, 33);
            kernel.forward(c.h, c.w, c.ids, temperature, alone, null);
            assertEquals(0, largest(c.logProbs.sub(alone)), FP32);
            c.backward(kernel, temperature); // Asks for them after all.
            c.checkGradient(temperature, FP32_GRADIENT);
        }
    }

    @Test
    void gradientIsAddedToWhatTheWeightsHave() {
        OneDnnTokenLogProbs kernel = kernel(Precision.FP32, 0);
        Case c = new Case(DataType.FLOAT, 20, 3000, 8, 1);
        c.dw.assign(3);
        kernel.backward(c.dLogProbs, c.dEntropy, c.h, c.w, c.ids, 1, c.dh, c.dw, true);
        c.dw.subi(3);
        // A unit in the last place of 3 is 2e-7, and most gradients are smaller than one.
        c.checkGradient(1, 1e-4);
    }

    /** Logits of hundreds: exponentials of the later blocks leave fp32's range unless shifts rise. */
    @Test
    void logitsFarApart() {
        OneDnnTokenLogProbs kernel = kernel(Precision.FP32, 1 << 30);
        Case c = new Case(DataType.FLOAT, 20, 3000, 8, 1);
        c.dEntropy.assign(0);
        c.w.get(NDArrayIndex.interval(2000, 3000), NDArrayIndex.all()).muli(200);
        c.forward(kernel, 1);
        // Logits up to 2000, of which fp32 keeps 1e-4.
        c.checkResult(1, 2e-3);
        c.backward(kernel, 1);
        c.checkGradient(1, 2e-3);
    }

    @Test
    void bf16KeepsLogProbsOfFp32Weights() {
        assumeTrue(OneDnn.hasBf16(), "bf16 needs a CPU with AVX-512");
        OneDnnTokenLogProbs kernel = kernel(Precision.BF16, 1 << 30);
        Case c = new Case(DataType.FLOAT, 40, 3000, 64, 0.3);
        c.w.addi(random(0.001, 3000, 64));
        c.forward(kernel, 1);
        // Both operands of a logit are rounded to eight bits, 64 products of them, errors of either sign.
        c.checkResult(1, 2e-2);
    }

    @Test
    void nothingToPredictGivesNoGradient() {
        OneDnnTokenLogProbs kernel = kernel(Precision.FP32, 0);
        INDArray none = Nd4j.create(DataType.FLOAT, 0, 4);
        INDArray empty = Nd4j.create(DataType.FLOAT, 0);
        INDArray dw = Nd4j.ones(DataType.FLOAT, 5, 4);
        INDArray ids = Nd4j.create(DataType.INT32, 0);
        kernel.forward(none, dw, ids, 1, empty, empty);
        kernel.backward(empty, empty, none, dw, ids, 1, none, dw, true);
        assertEquals(20, dw.sumNumber().doubleValue());
        kernel.backward(empty, empty, none, dw, ids, 1, none, dw, false);
        assertEquals(0, dw.sumNumber().doubleValue());
    }

    private INDArray random(double size, long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (size * random.nextGaussian());
        }
        return Nd4j.create(values, shape, 'c');
    }

    private static double largest(INDArray array) {
        return array.amaxNumber().doubleValue();
    }

    private static double norm(INDArray array) {
        return array.norm2Number().doubleValue();
    }
}
