package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.nd4j.linalg.api.buffer.DataType.BFLOAT16;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.onednn.Arrangement.Operand;

/** Operands in another order give the products that they give where they lie, by the rules of either kind of CPU. */
class ArrangementTest {
    /** Sums of a thousand products in fp32, added in another order; operands are the same bits. */
    private static final double CLOSE = 2e-6;

    private final Primitives primitives = new Primitives();

    @BeforeEach
    void needsOneDnn() {
        assumeTrue(OneDnn.hasBf16(), "needs oneDNN and AVX-512");
    }

    /** Type, tiles, rows, out, in: on both sides of every rule. */
    static Stream<Arguments> products() {
        int[][] sizes = {{1024, 2048, 512}, {1024, 512, 2048}, {600, 1030, 1020}, {48, 2100, 520}, {530, 130, 700}};
        return Stream.of(FLOAT, BFLOAT16)
                .flatMap(type -> Stream.of(false, true)
                        .flatMap(tiles -> Stream.of(sizes).map(s -> Arguments.of(type, tiles, s[0], s[1], s[2]))));
    }

    @ParameterizedTest
    @MethodSource("products")
    void productsAreTheSame(DataType type, boolean tiles, long n, long out, long in) {
        Arrangement arrangement = new Arrangement(primitives, tiles);
        INDArray x = random(type, n, in);
        INDArray w = random(type, out, in);
        INDArray dy = random(type, n, out);
        Operand forward = arrangement.forward(n, Layout.of(type, out, in), Memory.address(w));
        assertClose(product(plain(x), turned(w), n, out), product(plain(x), forward, n, out));
        Operand backward = arrangement.backward(n, Layout.of(type, out, in), Memory.address(w));
        assertClose(product(plain(dy), plain(w), n, in), product(plain(dy), backward, n, in));
        Operand gradients = arrangement.gradients(Layout.of(type, n, out), Memory.address(dy), in);
        Operand inputs = arrangement.inputs(Layout.of(type, n, in), Memory.address(x), out);
        assertClose(product(turned(dy), plain(x), out, in), product(gradients, inputs, out, in));
    }

    private static INDArray random(DataType type, long... shape) {
        return Nd4j.rand(FLOAT, shape).subi(0.5).castTo(type);
    }

    private static Operand plain(INDArray matrix) {
        return new Operand(Layout.of(matrix.dataType(), matrix.shape()), Memory.address(matrix));
    }

    private static Operand turned(INDArray matrix) {
        return new Operand(Layout.of(matrix.dataType(), matrix.shape()).transposed(), Memory.address(matrix));
    }

    private INDArray product(Operand a, Operand b, long rows, long columns) {
        INDArray c = Nd4j.create(FLOAT, rows, columns);
        primitives.matMul(a.layout(), b.layout(), null, Layout.of(FLOAT, rows, columns), PostOps.NONE)
                .run(a.address(), b.address(), Memory.address(c));
        return c;
    }

    private static void assertClose(INDArray expected, INDArray actual) {
        double size = expected.norm2Number().doubleValue();
        assertTrue(size > 0);
        assertEquals(0, expected.sub(actual).norm2Number().doubleValue(), CLOSE * size);
    }

    @Test
    void deepSumsOfManyRowsAreComputedByParts() {
        Arrangement byTiles = new Arrangement(primitives, true);
        assertEquals(512, byTiles.rowsAtOnce(512, 4864));
        assertEquals(512, byTiles.rowsAtOnce(1024, 4864));
        assertEquals(352, byTiles.rowsAtOnce(700, 4864), "even parts of whole vectors");
        assertEquals(4096, byTiles.rowsAtOnce(4096, 896), "a short sum");
        assertEquals(4096, new Arrangement(primitives, false).rowsAtOnce(4096, 4864), "by vectors");
    }
}
