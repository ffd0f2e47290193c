package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import thinkj.kernels.Heads;
import thinkj.kernels.Nd4jKernels;
import thinkj.kernels.PagedRows;
import thinkj.kernels.Precision;

/** Attention over a paged cache, call by call over random tables of blocks, against the reference kernels. */
class OneDnnPagedAttentionTest {
    private static final int BLOCK = 32;
    private static final int SEQUENCES = 9;
    private static final int BLOCKS = 50;
    private static final int MOST_OF_SEQUENCE = 5;

    private final Random random = new Random(4);
    private final Nd4jKernels reference = new Nd4jKernels();
    private OneDnnPagedAttention attention;

    @BeforeEach
    void start() {
        assumeTrue(OneDnn.problem().isEmpty(), () -> "needs oneDNN: " + OneDnn.problem().orElseThrow());
        attention = new OneDnnPagedAttention();
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void promptsChunksAndSingleTokensOverScatteredBlocks(Precision precision) {
        assumeTrue(precision == Precision.FP32 || OneDnn.hasBf16(), "bf16 needs a CPU with AVX-512");
        for (Heads heads : new Heads[] {new Heads(4, 2, 3), new Heads(14, 2, 64), new Heads(4, 4, 32), new Heads(3, 1, 16)}) {
            int[] past = new int[SEQUENCES];
            int[][] tables = tables();
            long width = (long) heads.keyValue() * heads.size();
            INDArray[] caches = {
                Nd4j.create(precision.activations(), BLOCKS, BLOCK, width), Nd4j.create(precision.activations(), BLOCKS, BLOCK, width)
            };
            INDArray[] expected = {Nd4j.create(DataType.FLOAT, BLOCKS, BLOCK, width), Nd4j.create(DataType.FLOAT, BLOCKS, BLOCK, width)};
            int[][] lengths = {
                {1, 70, 3, 16, 17, 31, 5, 99, 0}, {0, 20, 1, 0, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 3, 33, 0, 1, 0, 0, 0, 64}
            };
            for (int[] tokens : lengths) {
                compare(heads, precision.activations(), tokens, past, tables, caches, expected);
            }
            for (int call = 0; call < 12; call++) {
                int[] tokens = IntStream.range(0, SEQUENCES)
                        .map(s -> Math.min(random.nextInt(3) == 0 ? random.nextInt(20) : random.nextInt(2), MOST_OF_SEQUENCE * BLOCK - past[s]))
                        .toArray();
                compare(heads, precision.activations(), tokens, past, tables, caches, expected);
            }
        }
    }

    @Test
    void inFp32ChunksOfLongSequencesGiveTheSameBitsAsTokensOneByOne() {
        for (Heads heads : new Heads[] {new Heads(14, 2, 64), new Heads(3, 3, 32)}) {
            for (int past : new int[] {0, 500, 2040}) {
                int rows = 80;
                int[] blocks = random.ints(0, 1000).distinct().limit((past + rows + BLOCK - 1) / BLOCK).toArray();
                long width = (long) heads.keyValue() * heads.size();
                INDArray keys = random(DataType.FLOAT, 1000L * BLOCK, width).reshape(1000, BLOCK, width);
                INDArray values = random(DataType.FLOAT, 1000L * BLOCK, width).reshape(1000, BLOCK, width);
                INDArray[] tokens = {
                    random(DataType.FLOAT, rows, heads.query() * heads.size()), random(DataType.FLOAT, rows, width), random(DataType.FLOAT, rows, width)
                };
                INDArray whole = inChunks(rows, past, blocks, tokens, keys, values, heads);
                for (int chunk : new int[] {1, 2, 7, 33}) {
                    assertEquals(0, whole.sub(inChunks(chunk, past, blocks, tokens, keys, values, heads)).amaxNumber().doubleValue(), heads + " " + past);
                }
            }
        }
    }

    /** Prompts and parts of prompts with so many keys that these are brought into another order, a few tokens more or less than whole pieces. */
    @Test
    void manyTokensOfLongSequences() {
        assumeTrue(OneDnn.hasBf16(), "bf16 needs a CPU with AVX-512");
        DataType type = DataType.BFLOAT16;
        for (Heads heads : new Heads[] {new Heads(14, 2, 64), new Heads(3, 3, 32), new Heads(4, 2, 3), new Heads(2, 1, 128)}) {
            int[] past = {0, 1500, 2040, 960};
            int[] starts = {0, 1330, 1330 + 101, 1330 + 101 + 300, 1330 + 101 + 300 + 64};
            int rows = starts[past.length];
            int[][] tables = new int[past.length][];
            int[] places = random.ints(0, 300).distinct().limit(250).toArray();
            for (int s = 0, from = 0; s < past.length; s++) {
                int count = (past[s] + starts[s + 1] - starts[s] + BLOCK - 1) / BLOCK;
                tables[s] = Arrays.copyOfRange(places, from, from + count);
                from += count;
            }
            int[] blocks = Arrays.stream(tables).flatMapToInt(Arrays::stream).toArray();
            long width = (long) heads.keyValue() * heads.size();
            INDArray[] caches = {
                random(type, 300L * BLOCK, width).reshape(300, BLOCK, width), random(type, 300L * BLOCK, width).reshape(300, BLOCK, width)
            };
            PagedRows where = new PagedRows(starts, past, blocks, BLOCK);
            INDArray q = random(type, rows, heads.query() * heads.size()).muli(2);
            INDArray k = random(type, rows, width);
            INDArray v = random(type, rows, width);
            INDArray expected = expected(q, k, v, where, new INDArray[] {wide(caches[0]), wide(caches[1])}, heads);
            INDArray out = Nd4j.createUninitialized(type, q.shape());
            // The second time, memory holds what the first one left.
            for (int time = 0; time < 2; time++) {
                attention.attend(q, k, v, where, caches[0], caches[1], heads, out);
                for (int row = 0; row < rows; row++) {
                    INDArray of = expected.getRow(row);
                    double error = of.sub(wide(out.getRow(row))).norm2Number().doubleValue();
                    assertTrue(error <= 2e-2 * of.norm2Number().doubleValue(), heads + ", row " + row + ": " + error);
                }
                out.assign(0);
            }
        }
    }

    /** Layers come one after the other, each with its own cache. */
    @Test
    void nothingIsKeptOfAnotherCache() {
        assumeTrue(OneDnn.hasBf16(), "bf16 needs a CPU with AVX-512");
        DataType type = DataType.BFLOAT16;
        Heads heads = new Heads(4, 2, 16);
        PagedRows where = new PagedRows(new int[] {0, 101}, new int[] {1500}, IntStream.range(0, 60).toArray(), BLOCK);
        INDArray q = random(type, 101, 64);
        INDArray k = random(type, 101, 32);
        INDArray v = random(type, 101, 32);
        INDArray keys = random(type, 60L * BLOCK, 32).reshape(60, BLOCK, 32);
        INDArray values = random(type, 60L * BLOCK, 32).reshape(60, BLOCK, 32);
        INDArray once = Nd4j.createUninitialized(type, q.shape());
        attention.attend(q, k, v, where, keys, values, heads, once);
        INDArray twice = Nd4j.createUninitialized(type, q.shape());
        attention.attend(q, k, v.mul(2), where, keys, values.mul(2), heads, twice);
        assertEquals(once.mul(2), twice);
    }

    /** Samples of one prompt, one of them much longer, and a sequence of its own: each token's result is that of its sequence alone. */
    @ParameterizedTest
    @EnumSource(Precision.class)
    void tokensThatShareBlocksGetWhatTheyWouldGetAlone(Precision precision) {
        assumeTrue(precision == Precision.FP32 || OneDnn.hasBf16(), "bf16 needs a CPU with AVX-512");
        DataType type = precision.activations();
        for (Heads heads : new Heads[] {new Heads(14, 2, 64), new Heads(4, 2, 3), new Heads(4, 4, 32), new Heads(6, 1, 16)}) {
            int[] past = {530, 531, 544, 530, 290, 300, 560, 575, 540, 320, 700};
            int[] common = {16, 16, 16, 16, 9, 9, 16, 16, 16, 8, 0};
            int[][] tables = new int[past.length][];
            for (int s = 0; s < past.length; s++) {
                int[] own = IntStream.range(0, past[s] / BLOCK + 1).toArray();
                for (int i = common[s]; i < own.length; i++) {
                    own[i] += 30 * (s + 1);
                }
                tables[s] = own;
            }
            long width = (long) heads.keyValue() * heads.size();
            long places = 30L * (past.length + 1);
            INDArray keys = random(type, places * BLOCK, width).reshape(places, BLOCK, width);
            INDArray values = random(type, places * BLOCK, width).reshape(places, BLOCK, width);
            INDArray[] tokens = {random(type, past.length, heads.query() * heads.size()), random(type, past.length, width), random(type, past.length, width)};
            int[] all = Arrays.stream(tables).flatMapToInt(Arrays::stream).toArray();
            PagedRows together = new PagedRows(IntStream.rangeClosed(0, past.length).toArray(), past, all, BLOCK);
            INDArray out = Nd4j.createUninitialized(type, tokens[0].shape());
            attention.attend(tokens[0], tokens[1], tokens[2], together, keys, values, heads, out);
            for (int s = 0; s < past.length; s++) {
                INDArrayIndex[] row = {NDArrayIndex.interval(s, s + 1), NDArrayIndex.all()};
                PagedRows where = new PagedRows(new int[] {0, 1}, new int[] {past[s]}, tables[s], BLOCK);
                INDArray alone = Nd4j.createUninitialized(type, 1, tokens[0].size(1));
                attention.attend(tokens[0].get(row), tokens[1].get(row), tokens[2].get(row), where, keys, values, heads, alone);
                if (precision == Precision.FP32) {
                    assertEquals(alone, out.get(row).dup(), heads + ", sequence " + s);
                } else {
                    double error = wide(alone).sub(wide(out.get(row))).norm2Number().doubleValue();
                    assertTrue(error <= 1e-2 * wide(alone).norm2Number().doubleValue(), heads + ", sequence " + s + ": " + error);
                }
            }
        }
    }

    private INDArray inChunks(int most, int past, int[] blocks, INDArray[] tokens, INDArray keys, INDArray values, Heads heads) {
        INDArray out = Nd4j.createUninitialized(DataType.FLOAT, tokens[0].shape());
        int rows = (int) out.size(0);
        for (int from = 0; from < rows; from += most) {
            INDArrayIndex[] part = {NDArrayIndex.interval(from, Math.min(rows, from + most)), NDArrayIndex.all()};
            INDArray q = tokens[0].get(part);
            PagedRows where = new PagedRows(new int[] {0, (int) q.size(0)}, new int[] {past + from}, blocks, BLOCK);
            attention.attend(q, tokens[1].get(part), tokens[2].get(part), where, keys, values, heads, out.get(part));
        }
        return out;
    }

    /** Blocks of each sequence, in no order. */
    private int[][] tables() {
        int[] all = IntStream.range(0, BLOCKS).toArray();
        for (int i = BLOCKS - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int other = all[j];
            all[j] = all[i];
            all[i] = other;
        }
        return IntStream.range(0, SEQUENCES)
                .mapToObj(s -> Arrays.copyOfRange(all, s * MOST_OF_SEQUENCE, (s + 1) * MOST_OF_SEQUENCE))
                .toArray(int[][]::new);
    }

    /** Two rows behind the last sequence belong to none. */
    private void compare(Heads heads, DataType type, int[] lengths, int[] past, int[][] tables, INDArray[] caches, INDArray[] expectedCaches) {
        int[] starts = new int[SEQUENCES + 1];
        for (int s = 0; s < SEQUENCES; s++) {
            starts[s + 1] = starts[s] + lengths[s];
        }
        int[] blocks = IntStream.range(0, SEQUENCES)
                .filter(s -> lengths[s] > 0)
                .flatMap(s -> Arrays.stream(tables[s]).limit((past[s] + lengths[s] + BLOCK - 1) / BLOCK))
                .toArray();
        int rows = starts[SEQUENCES] + 2;
        INDArray q = random(type, rows, heads.query() * heads.size());
        INDArray k = random(type, rows, heads.keyValue() * heads.size());
        INDArray v = random(type, rows, heads.keyValue() * heads.size());
        PagedRows where = new PagedRows(starts, past, blocks, BLOCK);
        INDArray out = Nd4j.createUninitialized(type, q.shape());
        attention.attend(q, k, v, where, caches[0], caches[1], heads, out);
        INDArray expected = expected(q, k, v, where, expectedCaches, heads);
        assertEquals(expectedCaches[0], wide(caches[0]));
        assertEquals(expectedCaches[1], wide(caches[1]));
        // fp32 sums of a hundred values in another order; in bf16, probabilities and results keep eight bits.
        double tolerance = type == DataType.FLOAT ? 2e-6 : 1e-2;
        double error = expected.sub(wide(out)).norm2Number().doubleValue();
        assertTrue(error <= tolerance * expected.norm2Number().doubleValue(), heads + " " + Arrays.toString(lengths) + ": " + error);
        for (int s = 0; s < SEQUENCES; s++) {
            past[s] += lengths[s];
        }
    }

    /** By the reference kernels in fp32; the caches are written to. */
    private INDArray expected(INDArray q, INDArray k, INDArray v, PagedRows where, INDArray[] caches, Heads heads) {
        INDArray expected = Nd4j.createUninitialized(DataType.FLOAT, q.shape());
        reference.pagedAttention(
                wide(q),
                wide(k),
                wide(v),
                Nd4j.createFromArray(where.starts()),
                Nd4j.createFromArray(where.past()),
                Nd4j.createFromArray(where.blocks().length == 0 ? new int[1] : where.blocks()),
                caches[0],
                caches[1],
                heads,
                expected);
        return expected;
    }

    private INDArray random(DataType type, long rows, long columns) {
        return Matrices.normal(random, rows, columns).castTo(type);
    }

    private static INDArray wide(INDArray array) {
        return array.castTo(DataType.FLOAT);
    }
}
