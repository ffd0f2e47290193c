package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Heads;
import thinkj.kernels.Nd4jKernels;
import thinkj.kernels.Precision;

/** Attention in blocks against the reference kernels, which hold all scores of a sequence. */
class OneDnnAttentionTest {
    /** Norm-wise: fp32 sums of at most 300 values in another order; in bf16, results and what lies between products keep eight bits. */
    private static final double FP32 = 2e-6;

    private static final double BF16 = 1e-2;

    private static final Heads[] HEADS = {
        new Heads(1, 1, 1), new Heads(4, 2, 3), new Heads(6, 2, 16), new Heads(4, 1, 32), new Heads(3, 3, 8), new Heads(14, 2, 64), new Heads(2, 1, 128)
    };
    private static final int[][] STARTS = {{0, 1}, {0, 1, 8, 9, 26}, {0, 16, 48}, {0, 64, 65, 199}, {0, 128}, {0, 300}, {0, 5, 5, 9}};

    private final Random random = new Random(3);
    private final Nd4jKernels reference = new Nd4jKernels();
    private OneDnnAttention attention;

    @BeforeEach
    void start() {
        assumeTrue(OneDnn.problem().isEmpty(), () -> "needs oneDNN: " + OneDnn.problem().orElseThrow());
        attention = new OneDnnAttention(new Primitives());
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void resultAndGradientsOverHeadsLengthsAndManySequences(Precision precision) {
        assumeTrue(precision == Precision.FP32 || OneDnn.hasBf16(), "bf16 needs a CPU with AVX-512");
        double tolerance = precision == Precision.FP32 ? FP32 : BF16;
        for (Heads heads : HEADS) {
            for (int[] starts : STARTS) {
                compare(heads, starts, precision.activations(), tolerance);
            }
        }
    }

    private void compare(Heads heads, int[] starts, DataType type, double tolerance) {
        int tokens = starts[starts.length - 1];
        INDArray q = random(type, tokens, heads.query() * heads.size());
        INDArray k = random(type, tokens, heads.keyValue() * heads.size());
        INDArray v = random(type, tokens, heads.keyValue() * heads.size());
        INDArray dOut = random(type, tokens, heads.query() * heads.size());
        INDArray[] found = {like(q), like(q), like(k), like(v)};
        attention.forward(q, k, v, starts, heads, found[0]);
        attention.backward(dOut, q, k, v, starts, heads, found[1], found[2], found[3]);
        INDArray[] wide = {wide(dOut), wide(q), wide(k), wide(v)};
        INDArray borders = Nd4j.createFromArray(nonEmpty(starts));
        INDArray[] expected = {like(wide[1]), like(wide[1]), like(wide[2]), like(wide[3])};
        reference.attention(wide[1], wide[2], wide[3], borders, heads, expected[0]);
        reference.attentionGrad(wide[0], wide[1], wide[2], wide[3], borders, heads, expected[1], expected[2], expected[3]);
        String[] names = {"out", "dq", "dk", "dv"};
        for (int i = 0; i < names.length; i++) {
            // Gradients of scores vanish where one key is all that is seen: dv says how large errors of dq and dk may be.
            double size = Math.max(norm(expected[i]), i == 1 || i == 2 ? 0.1 * norm(expected[3]) : 0);
            double error = norm(expected[i].sub(wide(found[i])));
            assertTrue(error <= tolerance * size, names[i] + " " + heads + " " + Arrays.toString(starts) + ": " + error / size);
        }
    }

    /** The reference knows no sequence without tokens. */
    private static int[] nonEmpty(int[] starts) {
        return Arrays.stream(starts).distinct().toArray();
    }

    @Test
    void nothingIsWrittenBesideTheSequences() {
        Heads heads = new Heads(4, 2, 16);
        INDArray q = random(DataType.FLOAT, 30, 64);
        INDArray k = random(DataType.FLOAT, 30, 32);
        INDArray out = Nd4j.ones(DataType.FLOAT, 30, 64);
        INDArray[] grads = {Nd4j.ones(DataType.FLOAT, 30, 64), Nd4j.ones(DataType.FLOAT, 30, 32), Nd4j.ones(DataType.FLOAT, 30, 32)};
        int[] starts = {3, 11, 27};
        attention.forward(q, k, k, starts, heads, out);
        attention.backward(q, q, k, k, starts, heads, grads[0], grads[1], grads[2]);
        for (INDArray array : new INDArray[] {out, grads[0], grads[1], grads[2]}) {
            for (int row : new int[] {0, 2, 27, 29}) {
                assertEquals(array.size(1), array.getRow(row).sumNumber().doubleValue());
            }
        }
    }

    @Test
    void arraysOfSeveralTypesAreRefused() {
        INDArray q = random(DataType.FLOAT, 3, 16);
        INDArray k = random(DataType.BFLOAT16, 3, 16);
        var refusal = assertThrows(IllegalArgumentException.class, () -> attention.forward(q, k, k, new int[] {0, 3}, new Heads(1, 1, 16), q));
        assertEquals("needs arrays of one type, got FLOAT and BFLOAT16", refusal.getMessage());
    }

    private INDArray random(DataType type, long rows, long columns) {
        return Matrices.normal(random, rows, columns).castTo(type);
    }

    private static INDArray like(INDArray array) {
        return Nd4j.createUninitialized(array.dataType(), array.shape());
    }

    private static INDArray wide(INDArray array) {
        return array.castTo(DataType.FLOAT);
    }

    private static double norm(INDArray array) {
        return array.norm2Number().doubleValue();
    }
}
