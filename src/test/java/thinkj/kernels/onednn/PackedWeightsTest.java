package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Precision;

/** Products of kernels that never differentiate, whose weights are packed, against those of kernels that may. */
class PackedWeightsTest {

    @BeforeEach
    void needsOneDnn() {
        assumeTrue(OneDnn.hasBf16(), "needs oneDNN and AVX-512");
    }

    @ParameterizedTest
    @CsvSource({"1, 8, 8", "1, 151, 64", "3, 17, 5", "8, 130, 96", "33, 64, 257", "200, 96, 131"})
    void packedOrNotTheProductsAgree(int rows, int out, int in) {
        try (WeightCopies copies = new WeightCopies()) {
            OneDnnKernels plain = new OneDnnKernels(copies, Precision.BF16);
            OneDnnKernels packed = new OneDnnKernels(copies, Precision.BF16);
            packed.forwardOnly();
            INDArray x = random(rows, in).castTo(DataType.BFLOAT16);
            INDArray w = random(out, in);
            INDArray b = random(out);
            INDArray residual = random(rows, out);
            assertClose(rows, out, y -> plain.linear(x, w, b, null, y), y -> packed.linear(x, w, b, null, y));
            assertClose(rows, out, y -> plain.linear(x, w, null, residual, y), y -> packed.linear(x, w, null, residual, y));
        }
    }

    /** Blocks of a packed vocabulary, the last one narrower; vocabularies that can't be told apart in blocks; one of fewer than a block. */
    @ParameterizedTest
    @CsvSource({"1, 5056, 64", "137, 15872, 24", "600, 4160, 32", "600, 5003, 16", "17, 192, 8", "3, 17, 5"})
    void packedOrNotTokenLogProbsAgree(int rows, int vocabulary, int hidden) {
        try (WeightCopies copies = new WeightCopies()) {
            OneDnnKernels plain = new OneDnnKernels(copies, Precision.BF16);
            OneDnnKernels packed = new OneDnnKernels(copies, Precision.BF16);
            packed.forwardOnly();
            INDArray h = random(rows, hidden).muli(4).castTo(DataType.BFLOAT16);
            INDArray w = random(vocabulary, hidden);
            INDArray ids = Nd4j.createFromArray(new Random(3).ints(rows, 0, vocabulary).toArray());
            for (double temperature : new double[] {1, 0.7}) {
                INDArray[] expected = {Nd4j.create(DataType.FLOAT, rows), Nd4j.create(DataType.FLOAT, rows)};
                INDArray[] actual = {Nd4j.create(DataType.FLOAT, rows), Nd4j.create(DataType.FLOAT, rows)};
                plain.tokenLogProbs(h, w, ids, temperature, expected[0], expected[1]);
                packed.tokenLogProbs(h, w, ids, temperature, actual[0], actual[1]);
                for (int i = 0; i < 2; i++) {
                    // Logits up to 20, of the same bf16 operands, lose some units in the last place, 2e-6 each.
                    assertEquals(0, expected[i].sub(actual[i]).amaxNumber().doubleValue(), 2e-5);
                }
                packed.tokenLogProbs(h, w, ids, temperature, actual[1], null);
                assertEquals(0, expected[0].sub(actual[1]).amaxNumber().doubleValue(), 2e-5);
            }
        }
    }

    private interface Product {
        void into(INDArray y);
    }

    private static void assertClose(int rows, int out, Product one, Product other) {
        INDArray expected = Nd4j.create(DataType.FLOAT, rows, out);
        INDArray actual = Nd4j.create(DataType.FLOAT, rows, out);
        one.into(expected);
        other.into(actual);
        // The same bf16 operands, added up in fp32 in another order: some roundings of sums of a few units.
        assertTrue(expected.sub(actual).norm2Number().doubleValue() <= 1e-5 * expected.norm2Number().doubleValue());
    }

    @Test
    void changedWeightsArePackedAgain() {
        try (WeightCopies copies = new WeightCopies()) {
            OneDnnKernels packed = new OneDnnKernels(copies, Precision.BF16);
            packed.forwardOnly();
            INDArray x = Nd4j.ones(DataType.BFLOAT16, 2, 40);
            INDArray w = Nd4j.ones(DataType.FLOAT, 24, 40);
            INDArray y = Nd4j.create(DataType.FLOAT, 2, 24);
            packed.linear(x, w, null, null, y);
            assertEquals(Nd4j.valueArrayOf(new long[] {2, 24}, 40f), y);
            w.assign(2);
            copies.stale();
            packed.linear(x, w, null, null, y);
            assertEquals(Nd4j.valueArrayOf(new long[] {2, 24}, 80f), y);
        }
    }

    private static INDArray random(long... shape) {
        return Nd4j.rand(DataType.FLOAT, shape).subi(0.5);
    }
}
