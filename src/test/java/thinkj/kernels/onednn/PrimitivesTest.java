package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_exp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static thinkj.kernels.onednn.Memory.address;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** oneDNN's primitives on arrays' memory, against sums written out. */
class PrimitivesTest {
    /** Sums of a few dozen values of order 1 in fp32. */
    private static final float CLOSE = 2e-5f;

    private final Random random = new Random(5);
    private Primitives primitives;

    @BeforeEach
    void start() {
        assumeTrue(OneDnn.problem().isEmpty(), () -> "needs oneDNN: " + OneDnn.problem().orElseThrow());
        primitives = new Primitives();
    }

    @Test
    void productWithBiasScaleResidualAndSum() {
        for (int[] s : new int[][] {{1, 1, 1}, {1, 7, 3}, {5, 3, 17}, {33, 65, 31}}) {
            INDArray a = random(s[0], s[1]);
            INDArray b = random(s[2], s[1]); // Used transposed, as weights are.
            INDArray bias = random(s[2]);
            INDArray residual = random(s[0], s[2]);
            INDArray c = random(s[0], s[2]);
            float[] expected = new float[s[0] * s[2]];
            for (int i = 0; i < expected.length; i++) {
                int row = i / s[2];
                int column = i % s[2];
                double sum = bias.getDouble(column);
                for (int k = 0; k < s[1]; k++) {
                    sum += a.getDouble(row, k) * b.getDouble(column, k);
                }
                expected[i] = (float) (sum * 0.5 + residual.getDouble(row, column) + c.getDouble(row, column));
            }
            Layout of = Layout.of(DataType.FLOAT, s[0], s[2]);
            Primitive product = primitives.matMul(
                    Layout.of(DataType.FLOAT, s[0], s[1]),
                    Layout.of(DataType.FLOAT, s[2], s[1]).transposed(),
                    Layout.of(DataType.FLOAT, 1, s[2]),
                    of,
                    PostOps.NONE.scale(0.5).add(of).sum());
            product.run(address(a), address(b), address(bias), address(c), address(residual));
            assertArrayEquals(expected, values(c), CLOSE * s[1], Arrays.toString(s));
        }
    }

    @Test
    void batchedProductsOfStridedHeadsIntoAnotherType() {
        // Two heads of size 3 side by side in rows of 6, as queries and keys are.
        INDArray q = random(4, 6);
        INDArray k = random(5, 6);
        INDArray scores = Nd4j.createUninitialized(DataType.BFLOAT16, 2, 4, 5);
        Layout queries = Layout.strided(DataType.FLOAT, new long[] {2, 4, 3}, new long[] {3, 6, 1});
        Layout keys = Layout.strided(DataType.FLOAT, new long[] {2, 5, 3}, new long[] {3, 6, 1});
        INDArray wide = Nd4j.createUninitialized(DataType.FLOAT, 2, 4, 5);
        Layout out = Layout.of(DataType.FLOAT, 2, 4, 5);
        primitives.matMul(queries, keys.transposed(), null, out, PostOps.NONE).run(address(q), address(k), address(wide));
        primitives.reorder(out, Layout.of(DataType.BFLOAT16, 2, 4, 5), PostOps.NONE).run(address(wide), address(scores));
        for (int head = 0; head < 2; head++) {
            INDArray expected = q.get(NDArrayIndex.all(), NDArrayIndex.interval(3 * head, 3 * head + 3))
                    .mmul(k.get(NDArrayIndex.all(), NDArrayIndex.interval(3 * head, 3 * head + 3)).transpose());
            assertEquals(0, expected.sub(wide.slice(head)).norm2Number().doubleValue(), CLOSE);
            // bf16 keeps eight bits: rounding changes a value by at most 2^-8 of it.
            INDArray narrow = scores.slice(head).castTo(DataType.FLOAT);
            assertEquals(0, expected.sub(narrow).norm2Number().doubleValue(), Math.scalb(expected.norm2Number().doubleValue(), -8));
        }
    }

    @Test
    void softmaxAndItsGradient() {
        INDArray x = random(3, 7);
        INDArray dp = random(3, 7);
        INDArray p = Nd4j.createUninitialized(DataType.FLOAT, 3, 7);
        INDArray dx = Nd4j.createUninitialized(DataType.FLOAT, 3, 7);
        Layout layout = Layout.of(DataType.FLOAT, 3, 7);
        primitives.softmax(layout, layout).run(address(x), address(p));
        primitives.softmaxGrad(layout, layout).run(address(p), address(dp), address(dx));
        for (int row = 0; row < 3; row++) {
            double sum = 0;
            double mean = 0;
            for (int i = 0; i < 7; i++) {
                sum += Math.exp(x.getDouble(row, i));
                mean += p.getDouble(row, i) * dp.getDouble(row, i);
            }
            for (int i = 0; i < 7; i++) {
                assertEquals(Math.exp(x.getDouble(row, i)) / sum, p.getDouble(row, i), CLOSE);
                assertEquals(p.getDouble(row, i) * (dp.getDouble(row, i) - mean), dx.getDouble(row, i), CLOSE);
            }
        }
    }

    @Test
    void functionsOfValuesAndOfPairs() {
        INDArray x = random(3, 5);
        INDArray column = random(3, 1);
        INDArray y = Nd4j.createUninitialized(DataType.FLOAT, 3, 5);
        Layout layout = Layout.of(DataType.FLOAT, 3, 5);
        primitives.eltwise(dnnl_eltwise_exp, 0, 0, layout, layout, PostOps.NONE).run(address(x), address(y));
        primitives.binary(dnnl_binary_mul, layout, Layout.of(DataType.FLOAT, 3, 1), layout, PostOps.NONE)
                .run(address(y), address(column), address(y));
        for (int row = 0; row < 3; row++) {
            for (int i = 0; i < 5; i++) {
                assertEquals(Math.exp(x.getDouble(row, i)) * column.getDouble(row), y.getDouble(row, i), CLOSE * 10);
            }
        }
    }

    @Test
    void viewsAreReadAndWrittenWhereTheyLie() {
        INDArray all = random(6, 4);
        INDArray y = Nd4j.zeros(DataType.FLOAT, 6, 4);
        Layout two = Layout.of(DataType.FLOAT, 2, 4);
        INDArray view = all.get(NDArrayIndex.interval(1, 6), NDArrayIndex.all());
        long from = address(view.get(NDArrayIndex.interval(1, 3), NDArrayIndex.all()));
        long to = address(y.get(NDArrayIndex.interval(3, 5), NDArrayIndex.all()));
        primitives.reorder(two, two, PostOps.NONE).run(from, to);
        assertEquals(all.getRow(2), y.getRow(3));
        assertEquals(all.getRow(3), y.getRow(4));
        assertEquals(0, y.getRow(2).sumNumber().doubleValue() + y.getRow(5).sumNumber().doubleValue());
    }

    @Test
    void preparedOnceForEqualLayouts() {
        Layout layout = Layout.of(DataType.FLOAT, 3, 5);
        assertSame(primitives.softmax(layout, layout), primitives.softmax(Layout.of(DataType.FLOAT, 3, 5), layout));
    }

    @Test
    void whatOneDnnRefusesIsNamed() {
        Layout a = Layout.of(DataType.FLOAT, 3, 5);
        var refusal = assertThrows(IllegalStateException.class, () -> primitives.matMul(a, a, null, a, PostOps.NONE));
        assertTrue(refusal.getMessage().startsWith("oneDNN refused"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("[3, 5]"), refusal.getMessage());
    }

    private INDArray random(long... shape) {
        return Matrices.normal(random, shape);
    }

    private static float[] values(INDArray array) {
        return array.dup('c').data().asFloat();
    }
}
