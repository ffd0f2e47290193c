package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_swish;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.nd4j.linalg.api.buffer.DataType.BFLOAT16;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import java.util.stream.LongStream;
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

    /** Rows, products in a sum, columns: narrow, tall with a small and with a large right operand, wide. */
    static Stream<Arguments> cutProducts() {
        int[][] sizes = {{300, 1024, 896}, {1100, 256, 512}, {1100, 1664, 512}, {260, 288, 4864}, {1030, 320, 2816}};
        return Stream.of(sizes)
                .flatMap(s -> Stream.of("as it lies", "transposed", "packed")
                        .flatMap(order -> Stream.of("", "sum", "residual", "product", "row", "scaled")
                                .map(then -> Arguments.of(s[0], s[1], s[2], order, then))));
    }

    @ParameterizedTest
    @MethodSource("cutProducts")
    void columnsInPartsGiveTheSame(long rows, long in, long out, String order, String then) {
        Arrangement arrangement = new Arrangement(primitives, true);
        INDArray a = random(BFLOAT16, rows, in);
        INDArray b = random(BFLOAT16, in, out);
        Operand right = switch (order) {
            case "transposed" -> turned(b.transpose().dup('c'));
            case "packed" -> packed(b);
            default -> plain(b);
        };
        Layout all = Layout.of(FLOAT, rows, out);
        PostOps ending = switch (then) {
            case "sum" -> PostOps.NONE.sum();
            case "residual" -> PostOps.NONE.add(all);
            case "product" -> PostOps.NONE.eltwise(dnnl_eltwise_swish, 1, 0).multiply(all);
            case "row" -> PostOps.NONE.add(Layout.of(FLOAT, 1, out));
            case "scaled" -> PostOps.NONE.scale(3);
            default -> PostOps.NONE;
        };
        INDArray other = random(FLOAT, rows, out);
        INDArray expected = random(FLOAT, rows, out);
        INDArray actual = expected.dup();
        long[] more = then.equals("") || then.equals("sum") || then.equals("scaled") ? new long[0] : new long[] {Memory.address(other)};
        run(primitives.matMul(plain(a).layout(), plain(b).layout(), null, all, ending), a, Memory.address(b), expected, more);
        run(arrangement.product(plain(a).layout(), right.layout(), null, all, ending), a, right.address(), actual, more);
        assertClose(expected, actual);
    }

    private static void run(Primitive product, INDArray a, long b, INDArray c, long... more) {
        product.run(LongStream.concat(LongStream.of(Memory.address(a), b, Memory.address(c)), LongStream.of(more)).toArray());
    }

    private Operand packed(INDArray b) {
        Layout order = Layout.packed(b.dataType(), b.size(0), b.size(1));
        long to = primitives.scratch().take("test", order.packedBytes());
        primitives.reorder(plain(b).layout(), order, PostOps.NONE).run(Memory.address(b), to);
        return new Operand(order, to);
    }

    @Test
    void aBiasIsAddedToWholeRows() {
        Arrangement arrangement = new Arrangement(primitives, true);
        INDArray a = random(BFLOAT16, 300, 1024);
        INDArray b = random(BFLOAT16, 1024, 896);
        INDArray bias = random(FLOAT, 1, 896);
        INDArray c = Nd4j.create(FLOAT, 300, 896);
        arrangement.product(plain(a).layout(), plain(b).layout(), plain(bias).layout(), plain(c).layout(), PostOps.NONE)
                .run(Memory.address(a), Memory.address(b), Memory.address(bias), Memory.address(c));
        assertClose(product(plain(a), plain(b), 300, 896).addiRowVector(bias), c);
    }

    @Test
    void partsAreEvenAndNoWiderThanWasMeasured() {
        assertEquals(1, parts(128, 896, 4864), "few rows");
        assertEquals(1, parts(512, 896, 128), "few columns");
        assertEquals(2, parts(512, 4864, 896), "a half for each core");
        assertEquals(1, parts(4864, 512, 896), "many rows, a right operand that stays in the cache");
        assertEquals(2, parts(4864, 1024, 896), "one that does not");
        assertEquals(8, parts(512, 896, 4864), "608 columns");
        assertEquals(4, parts(1024, 512, 2816), "704 columns");
        assertEquals(1, parts(512, 896, 4900), "no even parts");
        assertEquals(19, Columns.parts(512, Layout.of(BFLOAT16, 4864, 896).transposed()), "narrower where it is transposed");
        assertEquals(8, Columns.parts(1024, Layout.of(BFLOAT16, 4864, 896).transposed()));
    }

    private static long parts(long rows, long in, long out) {
        return Columns.parts(rows, Layout.of(BFLOAT16, in, out));
    }
}
