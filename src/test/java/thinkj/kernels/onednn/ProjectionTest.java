package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import thinkj.kernels.Nd4jKernels;
import thinkj.kernels.Precision;

/** Products that nobody differentiates, with packed weights, against ND4J's on fp32 arrays of the same values. */
class ProjectionTest {
    private final Random random = new Random(5);
    private final WeightCopies copies = new WeightCopies();
    private final Nd4jKernels reference = new Nd4jKernels();

    @BeforeEach
    void needsOneDnn() {
        assumeTrue(OneDnn.hasBf16(), "needs oneDNN and AVX-512");
    }

    @AfterEach
    void close() {
        copies.close();
    }

    /** Precision, rows, in, out: single rows, sizes that vectors and blocks fit into and do not, more rows than int8 takes at once. */
    static Stream<Arguments> products() {
        int[][] sizes = {{1, 8, 8}, {1, 64, 151}, {2, 96, 33}, {3, 5, 17}, {8, 96, 130}, {33, 257, 64}, {200, 131, 96}};
        return Stream.of(Precision.values())
                .flatMap(precision -> Stream.of(sizes).map(s -> Arguments.of(precision, s[0], s[1], s[2])));
    }

    @ParameterizedTest
    @MethodSource("products")
    void packedOrNotTheProductsAgree(Precision precision, int rows, int in, int out) {
        OneDnnKernels kernels = new OneDnnKernels(copies, precision);
        INDArray x = random(rows, in).castTo(precision.activations());
        INDArray w = random(out, in);
        INDArray packed = Matrices.packed(new OneDnnPacking(precision), w);
        INDArray b = random(out);
        INDArray residual = random(rows, out);
        INDArray expected = Nd4j.create(DataType.FLOAT, rows, out);
        INDArray actual = Nd4j.create(DataType.FLOAT, rows, out);
        INDArray wide = x.castTo(DataType.FLOAT);
        INDArray bound = bound(precision, wide, w);

        reference.project(wide, w, null, null, expected);
        kernels.project(x, packed, null, null, actual);
        assertWithin(expected, actual, bound);
        reference.project(wide, w, b, null, expected);
        kernels.project(x, packed, b, null, actual);
        assertWithin(expected, actual, bound);
        reference.project(wide, w, null, residual, expected);
        kernels.project(x, packed, null, residual, actual);
        assertWithin(expected, actual, bound);
        if (precision == Precision.FP32) {
            kernels.project(x, w, null, residual, actual);
            assertWithin(expected, actual, bound);
        }
        INDArray narrow = Nd4j.create(precision.activations(), rows, out);
        reference.project(wide, w, b, null, expected);
        kernels.project(x, packed, b, null, narrow);
        // A result in bf16 has eight bits, too.
        INDArray rounding = Transforms.abs(expected).muli(precision == Precision.FP32 ? 0 : 1 / 256.0);
        assertWithin(expected, narrow.castTo(DataType.FLOAT), bound.add(rounding));
    }

    /**
     * How far each result may be from the exact one. int8: half a step for each weight, and for each activation, times what it is
     * multiplied by; bf16: half a unit of each weight's eighth bit; and what fp32 loses in adding up, which grows with the sum of the terms' sizes.
     */
    private static INDArray bound(Precision precision, INDArray x, INDArray w) {
        INDArray sizes = Transforms.abs(x).mmul(Transforms.abs(w).transpose());
        INDArray bound = sizes.mul(1e-6).addi(1e-6);
        if (precision == Precision.BF16) {
            bound.addi(sizes.mul(1 / 256.0));
        }
        if (precision == Precision.INT8) {
            INDArray weightSteps = Transforms.abs(w).max(1).divi(127 * 2);
            INDArray ofWeights = Transforms.abs(x).sum(1).reshape(-1, 1).mmul(weightSteps.reshape(1, -1));
            INDArray steps = Transforms.abs(x).max(1).divi(32639 * 2);
            INDArray ofActivations = steps.reshape(-1, 1).mmul(Transforms.abs(w).sum(1).addi(weightSteps.mul(x.size(1))).reshape(1, -1));
            bound.addi(ofWeights).addi(ofActivations);
        }
        return bound;
    }

    @ParameterizedTest
    @MethodSource("products")
    void gatedProjections(Precision precision, int rows, int in, int out) {
        OneDnnKernels kernels = new OneDnnKernels(copies, precision);
        OneDnnPacking packing = new OneDnnPacking(precision);
        INDArray x = random(rows, in).castTo(precision.activations());
        INDArray gate = random(out, in);
        INDArray up = random(out, in);
        INDArray expected = Nd4j.create(DataType.FLOAT, rows, out);
        INDArray actual = Nd4j.create(precision.activations(), rows, out);
        reference.gatedProject(x.castTo(DataType.FLOAT), gate, up, expected);
        kernels.gatedProject(x, Matrices.packed(packing, gate), Matrices.packed(packing, up), actual);
        // Two products of random numbers, each as good as its precision, int8's seven bits and bf16's eight.
        double tolerance = precision == Precision.FP32 ? 2e-6 : 2e-2;
        INDArray difference = expected.sub(actual.castTo(DataType.FLOAT));
        assertTrue(difference.norm2Number().doubleValue() <= tolerance * expected.norm2Number().doubleValue());
    }

    @Test
    void joinedProductsAreTheSeparateOnesToTheBit() {
        OneDnnKernels kernels = new OneDnnKernels(copies, Precision.FP32);
        OneDnnPacking packing = new OneDnnPacking(Precision.FP32);
        INDArray x = random(5, 130);
        INDArray[] parts = {random(96, 130), random(32, 130), random(32, 130)};
        INDArray together = Nd4j.create(DataType.FLOAT, 5, 160);
        kernels.project(x, Matrices.packed(packing, Nd4j.concat(0, parts)), null, null, together);
        int from = 0;
        for (INDArray part : parts) {
            INDArray alone = Nd4j.create(DataType.FLOAT, 5, part.size(0));
            kernels.project(x, Matrices.packed(packing, part), null, null, alone);
            assertEquals(alone, together.get(NDArrayIndex.all(), NDArrayIndex.interval(from, from + part.size(0))).dup());
            from += (int) part.size(0);
        }
        INDArray gate = Nd4j.create(DataType.FLOAT, 5, 96);
        INDArray up = Nd4j.create(DataType.FLOAT, 5, 96);
        INDArray other = random(96, 130);
        kernels.project(x, Matrices.packed(packing, parts[0]), null, null, gate);
        kernels.project(x, Matrices.packed(packing, other), null, null, up);
        INDArray separate = Nd4j.create(DataType.FLOAT, 5, 96);
        kernels.swiGlu(gate, up, separate);
        INDArray gated = Nd4j.create(DataType.FLOAT, 5, 96);
        kernels.gatedProject(x, Matrices.packed(packing, parts[0]), Matrices.packed(packing, other), gated);
        assertEquals(separate, gated);
    }

    /** In fp32 and with int8 weights, whose digits are added up exactly. */
    @Test
    void aRowDoesNotDependOnTheOthers() {
        for (Precision precision : new Precision[] {Precision.FP32, Precision.INT8}) {
            OneDnnKernels kernels = new OneDnnKernels(copies, precision);
            INDArray packed = Matrices.packed(new OneDnnPacking(precision), random(200, 321));
            INDArray x = random(150, 321).castTo(precision.activations());
            INDArray all = Nd4j.create(DataType.FLOAT, 150, 200);
            kernels.project(x, packed, null, null, all);
            for (int rows : IntStream.concat(IntStream.range(1, 18), IntStream.of(31, 32, 33, 64, 127, 128, 129)).toArray()) {
                INDArray some = Nd4j.create(DataType.FLOAT, rows, 200);
                kernels.project(x.get(NDArrayIndex.interval(0, rows), NDArrayIndex.all()), packed, null, null, some);
                assertEquals(all.get(NDArrayIndex.interval(0, rows), NDArrayIndex.all()), some, precision + ", " + rows + " rows");
            }
        }
    }

    @Test
    void rowsAndWeightsOfZerosStayZeros() {
        OneDnnKernels kernels = new OneDnnKernels(copies, Precision.INT8);
        INDArray w = random(24, 40);
        w.getRow(3).assign(0);
        INDArray x = random(2, 40);
        x.getRow(1).assign(0);
        INDArray y = Nd4j.create(DataType.FLOAT, 2, 24);
        kernels.project(x.castTo(DataType.BFLOAT16), Matrices.packed(new OneDnnPacking(Precision.INT8), w), null, null, y);
        assertEquals(0, y.getDouble(0, 3));
        assertEquals(Nd4j.zeros(DataType.FLOAT, 24), y.getRow(1));
    }

    @Test
    void whatIsNoNumberIsSeen() {
        OneDnnKernels kernels = new OneDnnKernels(copies, Precision.INT8);
        INDArray x = random(2, 40);
        x.putScalar(0, 7, Float.NaN);
        INDArray y = Nd4j.create(DataType.FLOAT, 2, 24);
        kernels.project(x.castTo(DataType.BFLOAT16), Matrices.packed(new OneDnnPacking(Precision.INT8), random(24, 40)), null, null, y);
        assertTrue(Double.isNaN(y.getDouble(0, 0)));
        assertTrue(Double.isFinite(y.getDouble(1, 0)));
    }

    /** An outlier a thousand times as large as the rest takes from the rest less than bf16 would. */
    @Test
    void outliersLeaveTheRestItsDigits() {
        INDArray x = random(1, 512);
        x.putScalar(0, 0, 1000);
        INDArray w = random(64, 512);
        w.getColumn(0).assign(0);
        INDArray rest = Nd4j.create(DataType.FLOAT, 1, 64);
        INDArray exact = Nd4j.create(DataType.FLOAT, 1, 64);
        OneDnnKernels kernels = new OneDnnKernels(copies, Precision.INT8);
        kernels.project(x, Matrices.packed(new OneDnnPacking(Precision.INT8), w), null, null, rest);
        reference.project(x, w, null, null, exact);
        // A weight's step is a 127th of 0.5 and activations are spread over ±0.5 in steps of 0.03: two percent of the spread, and the weights'.
        assertTrue(exact.sub(rest).norm2Number().doubleValue() < 0.05 * exact.norm2Number().doubleValue());
    }

    @ParameterizedTest
    @MethodSource("products")
    void headsAreTakenApartAndRotated(Precision precision, int rows, int ignored, int alsoIgnored) {
        OneDnnKernels kernels = new OneDnnKernels(copies, precision);
        DataType type = precision.activations();
        INDArray qkv = random(rows, 6 * 10 + 2 * 20).castTo(type);
        INDArray cos = random(rows, 5);
        INDArray sin = random(rows, 5);
        INDArray q = Nd4j.create(type, rows, 60);
        INDArray k = Nd4j.create(type, rows, 20);
        INDArray v = Nd4j.create(type, rows, 20);
        kernels.splitHeads(qkv, cos, sin, q, k, v);
        INDArray rotated = Nd4j.create(type, rows, 80);
        kernels.rotary(qkv.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 80)).dup(), cos, sin, false, rotated);
        assertEquals(rotated.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 60)).dup(), q);
        assertEquals(rotated.get(NDArrayIndex.all(), NDArrayIndex.interval(60, 80)).dup(), k);
        assertEquals(qkv.get(NDArrayIndex.all(), NDArrayIndex.interval(80, 100)).dup(), v);
        if (precision == Precision.FP32) {
            INDArray[] parts = {q.like(), k.like(), v.like()};
            reference.splitHeads(qkv, cos, sin, parts[0], parts[1], parts[2]);
            // One rounding more or less.
            assertTrue(parts[0].equalsWithEps(q, 1e-6) && parts[1].equalsWithEps(k, 1e-6) && parts[2].equals(v));
        }
    }

    private static void assertWithin(INDArray expected, INDArray actual, INDArray bound) {
        INDArray over = Transforms.abs(expected.sub(actual)).subi(bound);
        assertTrue(over.maxNumber().doubleValue() <= 0, () -> "further off by " + over.maxNumber());
    }

    private INDArray random(long... shape) {
        return Matrices.even(random, shape);
    }
}
