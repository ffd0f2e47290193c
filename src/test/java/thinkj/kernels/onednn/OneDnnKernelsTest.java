package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import thinkj.kernels.Kernels;
import thinkj.kernels.Nd4jKernels;
import thinkj.kernels.Precision;

/** Kernel against kernel: oneDNN's in either precision with ND4J's in fp32, over odd sizes and single rows, fresh and added. */
class OneDnnKernelsTest {
    /** In the last two, bf16 operands are packed. */
    private static final int[][] ROWS_IN_OUT = {
        {1, 1, 1}, {1, 7, 3}, {1, 64, 96}, {5, 3, 17}, {33, 65, 31}, {64, 128, 256}, {130, 96, 48}, {515, 577, 545}, {1027, 517, 531}
    };
    private static final DataType FLOAT = DataType.FLOAT;

    private final Kernels reference = new Nd4jKernels();
    private final Random random = new Random(17);

    @BeforeEach
    void needsOneDnn() {
        assumeTrue(OneDnn.problem().isEmpty(), () -> "needs oneDNN: " + OneDnn.problem().orElseThrow());
        assumeTrue(OneDnn.hasBf16(), "needs a CPU with AVX-512");
    }

    /**
     * Distance allowed, as a share of the norm: fp32 sums of some hundred values in another order; bf16 operands and results are each
     * rounded by up to 2^-8 of themselves, by half as much on average, and errors of many values partly cancel.
     */
    private static double allowed(Precision precision, INDArray of) {
        return precision == Precision.FP32 ? 1e-6 : of.length() < 20 ? 1.2e-2 : 5e-3;
    }

    @ParameterizedTest
    @EnumSource
    void linear(Precision precision) {
        Kernels kernels = kernels(precision);
        for (int[] s : ROWS_IN_OUT) {
            for (boolean bias : new boolean[] {false, true}) {
                for (boolean onto : new boolean[] {false, true}) {
                    INDArray x = random(s[0], s[1]);
                    INDArray w = random(s[2], s[1]);
                    INDArray b = bias ? random(s[2]) : null;
                    INDArray residual = onto ? random(s[0], s[2]) : null;
                    INDArray expected = Nd4j.createUninitialized(FLOAT, s[0], s[2]);
                    reference.linear(x, w, b, residual, expected);
                    INDArray y = Nd4j.createUninitialized(onto ? FLOAT : precision.activations(), s[0], s[2]);
                    kernels.linear(x.castTo(precision.activations()), w, b, residual, y);
                    close(expected, y, allowed(precision, y), Arrays.toString(s) + bias + onto);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void linearGradFreshAndAdded(Precision precision) {
        Kernels kernels = kernels(precision);
        for (int[] s : ROWS_IN_OUT) {
            for (boolean add : new boolean[] {false, true}) {
                for (DataType ofDy : new DataType[] {FLOAT, precision.activations()}) {
                    INDArray dy = random(s[0], s[2]);
                    INDArray x = random(s[0], s[1]);
                    INDArray w = random(s[2], s[1]);
                    INDArray[] expected = {random(s[0], s[1]), random(s[2], s[1]), random(s[2])};
                    INDArray[] actual = Arrays.stream(expected).map(INDArray::dup).toArray(INDArray[]::new);
                    actual[0] = actual[0].castTo(add ? FLOAT : precision.activations());
                    reference.linearGrad(dy, x, w, expected[0], add, expected[1], expected[2], add);
                    kernels.linearGrad(
                            dy.castTo(ofDy), x.castTo(precision.activations()), w, actual[0], add, actual[1], actual[2], add);
                    for (int i = 0; i < 3; i++) {
                        close(expected[i], actual[i], allowed(precision, actual[i]), Arrays.toString(s) + add + i);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void rmsNormAndItsGradient(Precision precision) {
        Kernels kernels = kernels(precision);
        for (int[] s : new int[][] {{1, 5}, {1, 48}, {3, 7}, {33, 65}, {70, 256}, {301, 333}}) {
            INDArray x = random(s[0], s[1]);
            INDArray w = random(s[1]);
            INDArray expected = Nd4j.createUninitialized(FLOAT, s[0], s[1]);
            reference.rmsNorm(x, w, 1e-3, expected);
            INDArray y = Nd4j.createUninitialized(precision.activations(), s[0], s[1]);
            kernels.rmsNorm(x, w, 1e-3, y);
            close(expected, y, allowed(precision, y), Arrays.toString(s));
            for (boolean add : new boolean[] {false, true}) {
                INDArray dy = random(s[0], s[1]);
                INDArray[] wanted = {random(s[0], s[1]), random(s[1])};
                INDArray[] actual = {wanted[0].dup(), wanted[1].dup()};
                reference.rmsNormGrad(dy, x, w, 1e-3, wanted[0], add, wanted[1], add);
                kernels.rmsNormGrad(dy, x, w, 1e-3, actual[0], add, actual[1], add);
                // fp32 inside and out, whatever the precision.
                close(wanted[0], actual[0], 2e-6, "dx " + Arrays.toString(s) + add);
                close(wanted[1], actual[1], 2e-6, "dw " + Arrays.toString(s) + add);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void rotaryThereAndBack(Precision precision) {
        Kernels kernels = kernels(precision);
        for (int[] s : new int[][] {{1, 1, 1}, {3, 2, 5}, {300, 14, 32}}) { // Rows, heads, half of a head.
            INDArray x = random(s[0], 2L * s[1] * s[2]);
            INDArray angle = random(s[0], s[2]);
            INDArray cos = Nd4j.math().cos(angle);
            INDArray sin = Nd4j.math().sin(angle);
            INDArray narrow = x.castTo(precision.activations());
            for (boolean inverse : new boolean[] {false, true}) {
                INDArray expected = Nd4j.createUninitialized(FLOAT, x.shape());
                reference.rotary(x, cos, sin, inverse, expected);
                INDArray y = Nd4j.createUninitialized(precision.activations(), x.shape());
                kernels.rotary(narrow, cos, sin, inverse, y);
                close(expected, y, allowed(precision, y), Arrays.toString(s) + inverse);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void swiGluAndItsGradient(Precision precision) {
        Kernels kernels = kernels(precision);
        DataType type = precision.activations();
        for (int[] s : new int[][] {{1, 1}, {1, 48}, {3, 7}, {33, 65}, {70, 256}, {301, 333}}) {
            INDArray gate = random(s[0], s[1]).muli(3);
            INDArray up = random(s[0], s[1]);
            INDArray dy = random(s[0], s[1]);
            INDArray[] expected = {empty(FLOAT, s), empty(FLOAT, s), empty(FLOAT, s)};
            reference.swiGlu(gate, up, expected[0]);
            reference.swiGluGrad(dy, gate, up, expected[1], expected[2]);
            INDArray[] actual = {empty(type, s), empty(type, s), empty(type, s)};
            kernels.swiGlu(gate.castTo(type), up.castTo(type), actual[0]);
            kernels.swiGluGrad(dy.castTo(type), gate.castTo(type), up.castTo(type), actual[1], actual[2]);
            for (int i = 0; i < 3; i++) {
                // Three rounded operands, a rounded product between, a rounded result; a single value has no errors to average.
                close(expected[i], actual[i], precision == Precision.FP32 ? 2e-6 : s[1] == 1 ? 2e-2 : 8e-3, Arrays.toString(s) + i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void rowsAreCopiedToTheBit(Precision precision) {
        INDArray table = random(40, 33).castTo(precision.activations());
        int[] rows = random.ints(1000, 0, 40).toArray();
        INDArray y = Nd4j.createUninitialized(precision.activations(), rows.length, 33);
        kernels(precision).gatherRows(table, Nd4j.createFromArray(rows), y);
        for (int i = 0; i < rows.length; i += 7) {
            assertEquals(table.getRow(rows[i]), y.getRow(i));
        }
    }

    @ParameterizedTest
    @EnumSource
    void repeatedRowsAddUpAndAreAddedOnce(Precision precision) {
        Kernels kernels = kernels(precision);
        INDArray dy = random(50, 9);
        INDArray rows = Nd4j.createFromArray(random.ints(50, 0, 12).toArray());
        INDArray sums = random(30, 9);
        kernels.gatherRowsGrad(dy, rows, sums, false);
        INDArray expected = Nd4j.zeros(FLOAT, 30, 9);
        for (int i = 0; i < 50; i++) {
            expected.getRow(rows.getInt(i)).addi(dy.getRow(i));
        }
        assertArrayEquals(expected.data().asFloat(), sums.data().asFloat());
        INDArray before = random(30, 9);
        INDArray after = before.dup();
        kernels.gatherRowsGrad(dy, rows, after, true);
        assertArrayEquals(before.add(sums).data().asFloat(), after.data().asFloat());
    }

    @ParameterizedTest
    @EnumSource
    void arraysWithGapsAreRefused(Precision precision) {
        INDArray gaps = random(4, 6).getColumns(0, 2);
        INDArray strided = random(6, 4).transpose();
        assertThrows(IllegalArgumentException.class, () -> kernels(precision).linear(strided, random(3, 6), null, null, gaps));
    }

    @Test
    void closedKernelsRefuseToCompute() {
        Kernels kernels = kernels(Precision.BF16);
        INDArray x = random(2, 3);
        INDArray y = Nd4j.createUninitialized(DataType.BFLOAT16, 2, 4);
        kernels.linear(x, random(4, 3), null, null, y);
        kernels.close();
        var refusal = assertThrows(IllegalStateException.class, () -> kernels.linear(x, random(4, 3), null, null, y));
        assertEquals("these kernels are closed", refusal.getMessage());
    }

    private static Kernels kernels(Precision precision) {
        return new OneDnnKernels(new WeightCopies(), precision);
    }

    private static INDArray empty(DataType type, int[] shape) {
        return Nd4j.createUninitialized(type, shape[0], shape[1]);
    }

    private static void close(INDArray expected, INDArray actual, double allowed, String what) {
        double norm = expected.norm2Number().doubleValue();
        double distance = actual.castTo(DataType.DOUBLE).sub(expected.castTo(DataType.DOUBLE)).norm2Number().doubleValue();
        assertTrue(distance <= allowed * norm, () -> what + ": distance " + distance / norm + " of the norm, allowed " + allowed);
    }

    private INDArray random(long... shape) {
        return Matrices.normal(random, shape);
    }
}
