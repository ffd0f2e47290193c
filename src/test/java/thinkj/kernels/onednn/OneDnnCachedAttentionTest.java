package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Heads;
import thinkj.kernels.Nd4jKernels;
import thinkj.kernels.Precision;

/** Attention over a cache, call by call, against the reference kernels. */
class OneDnnCachedAttentionTest {
    private static final int SLOTS = 9;
    private static final int CAPACITY = 100;

    private final Random random = new Random(4);
    private final Nd4jKernels reference = new Nd4jKernels();
    private OneDnnCachedAttention attention;

    @BeforeEach
    void start() {
        assumeTrue(OneDnn.problem().isEmpty(), () -> "needs oneDNN: " + OneDnn.problem().orElseThrow());
        Primitives primitives = new Primitives();
        attention = new OneDnnCachedAttention(primitives, new OneDnnAttention(primitives));
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void promptsChunksAndSingleTokensOverScatteredSlots(Precision precision) {
        assumeTrue(precision == Precision.FP32 || OneDnn.hasBf16(), "bf16 needs a CPU with AVX-512");
        for (Heads heads : new Heads[] {new Heads(4, 2, 3), new Heads(14, 2, 64), new Heads(4, 4, 32), new Heads(3, 1, 16)}) {
            int[] past = new int[SLOTS];
            long width = (long) heads.keyValue() * heads.size();
            INDArray[] caches = {Nd4j.create(precision.activations(), SLOTS, CAPACITY, width), Nd4j.create(precision.activations(), SLOTS, CAPACITY, width)};
            INDArray[] expected = {Nd4j.create(DataType.FLOAT, SLOTS, CAPACITY, width), Nd4j.create(DataType.FLOAT, SLOTS, CAPACITY, width)};
            int[][] slots = {{0, 1, 2, 3, 4, 5, 6, 8}, {2, 5}, {0, 1, 2, 3, 4, 5, 6, 8}, {1, 3, 4, 8}, {8}, {0, 1, 2, 3, 4, 5, 6, 7, 8}};
            int[][] lengths = {{1, 70, 3, 16, 17, 31, 5, 99}, {20, 1}, {1, 1, 1, 1, 1, 1, 1, 1}, {3, 1, 1, 0}, {0}, {1, 1, 1, 1, 1, 1, 1, 2, 0}};
            for (int call = 0; call < slots.length; call++) {
                compare(heads, precision.activations(), slots[call], lengths[call], past, caches, expected);
            }
        }
    }

    private void compare(Heads heads, DataType type, int[] slots, int[] lengths, int[] past, INDArray[] caches, INDArray[] expectedCaches) {
        int[] live = IntStream.range(0, slots.length).filter(i -> lengths[i] > 0).toArray();
        if (live.length == 0) {
            return;
        }
        int[] starts = new int[live.length + 1];
        for (int i = 0; i < live.length; i++) {
            starts[i + 1] = starts[i] + lengths[live[i]];
        }
        int tokens = starts[live.length];
        INDArray q = random(type, tokens, heads.query() * heads.size());
        INDArray k = random(type, tokens, heads.keyValue() * heads.size());
        INDArray v = random(type, tokens, heads.keyValue() * heads.size());
        int[] pasts = Arrays.stream(live).map(i -> past[slots[i]]).toArray();
        int[] used = Arrays.stream(live).map(i -> slots[i]).toArray();
        INDArray out = Nd4j.createUninitialized(type, q.shape());
        attention.attend(q, k, v, starts, pasts, used, caches[0], caches[1], heads, out);
        INDArray expected = Nd4j.createUninitialized(DataType.FLOAT, q.shape());
        reference.cachedAttention(
                wide(q),
                wide(k),
                wide(v),
                Nd4j.createFromArray(starts),
                Nd4j.createFromArray(pasts),
                Nd4j.createFromArray(used),
                expectedCaches[0],
                expectedCaches[1],
                heads,
                expected);
        assertEquals(expectedCaches[0], wide(caches[0]));
        assertEquals(expectedCaches[1], wide(caches[1]));
        // fp32 sums of a hundred values in another order; in bf16, probabilities and results keep eight bits.
        double tolerance = type == DataType.FLOAT ? 2e-6 : 1e-2;
        double error = expected.sub(wide(out)).norm2Number().doubleValue() / expected.norm2Number().doubleValue();
        assertTrue(error <= tolerance, heads + " " + Arrays.toString(used) + ": " + error);
        for (int i : live) {
            past[slots[i]] += lengths[i];
        }
    }

    private INDArray random(DataType type, long rows, long columns) {
        float[] values = new float[(int) (rows * columns)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Nd4j.create(values, new long[] {rows, columns}, 'c').castTo(type);
    }

    private static INDArray wide(INDArray array) {
        return array.castTo(DataType.FLOAT);
    }
}
