package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
