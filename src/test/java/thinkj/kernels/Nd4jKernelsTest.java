package thinkj.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Kernels against plain double arithmetic, over odd shapes and single rows. */
class Nd4jKernelsTest {
    /** Values are of order 1 and sums short: fp32 rounding stays below this. */
    private static final float CLOSE = 2e-5f;

    private final Kernels kernels = new Nd4jKernels();
    private final Random random = new Random(11);

    @Test
    void linearWithBias() {
        for (int[] shape : new int[][] {{1, 1, 1}, {1, 7, 3}, {5, 3, 17}, {33, 65, 31}}) {
            INDArray x = random(shape[0], shape[1]);
            INDArray w = random(shape[2], shape[1]);
            INDArray b = random(shape[2]);
            INDArray y = empty(shape[0], shape[2]);
            kernels.linear(x, w, b, null, y);
            float[] expected = new float[shape[0] * shape[2]];
            for (int n = 0; n < shape[0]; n++) {
                for (int o = 0; o < shape[2]; o++) {
                    double sum = b.getDouble(o);
                    for (int i = 0; i < shape[1]; i++) {
                        sum += x.getDouble(n, i) * w.getDouble(o, i);
                    }
                    expected[n * shape[2] + o] = (float) sum;
                }
            }
            assertArrayEquals(expected, values(y), CLOSE * shape[1], Arrays.toString(shape));
        }
    }

    @Test
    void rmsNormDividesByTheRootOfTheMeanSquare() {
        INDArray x = Nd4j.createFromArray(new float[][] {{3, 4, 0, 0}, {0, 0, 0, 0}});
        INDArray y = empty(2, 4);
        kernels.rmsNorm(x, Nd4j.createFromArray(1f, 2f, 3f, 4f), 0.25, y);
        float scale = (float) (1 / Math.sqrt(25.0 / 4 + 0.25));
        assertArrayEquals(new float[] {3 * scale, 8 * scale, 0, 0, 0, 0, 0, 0}, values(y), CLOSE);
    }

    @Test
    void rotaryTurnsHalvesAndTurnsThemBack() {
        INDArray x = Nd4j.createFromArray(new float[][] {{1, 2, 3, 4, 5, 6, 7, 8}});
        INDArray cos = Nd4j.createFromArray(new float[][] {{0.6f, 1}});
        INDArray sin = Nd4j.createFromArray(new float[][] {{0.8f, 0}});
        INDArray y = empty(1, 8);
        kernels.rotary(x, cos, sin, false, y);
        float[] turned = {0.6f - 2.4f, 2, 1.8f + 0.8f, 4, 3 - 5.6f, 6, 4.2f + 4, 8};
        assertArrayEquals(turned, values(y), CLOSE);
        INDArray back = empty(1, 8);
        kernels.rotary(y, cos, sin, true, back);
        assertArrayEquals(values(x), values(back), CLOSE);
    }

    @Test
    void attentionOverBordersOddSizesAndSingleRows() {
        for (Heads heads : new Heads[] {new Heads(1, 1, 1), new Heads(4, 2, 3), new Heads(6, 2, 5), new Heads(3, 3, 8)}) {
            int[] starts = {0, 1, 8, 9, 14};
            INDArray q = random(14, heads.query() * heads.size());
            INDArray k = random(14, heads.keyValue() * heads.size());
            INDArray v = random(14, heads.keyValue() * heads.size());
            INDArray out = empty(14, heads.query() * heads.size());
            kernels.attention(q, k, v, Nd4j.createFromArray(starts), heads, out);
            assertArrayEquals(attention(q, k, v, starts, heads), values(out), CLOSE, heads.toString());
        }
    }

    @Test
    void attentionInPiecesOverScatteredBlocksEqualsAttentionAtOnce() {
        Heads heads = new Heads(4, 2, 3);
        int[] starts = {0, 6, 13, 15, 24};
        int[][] blocks = {{7, 2}, {1, 9}, {4}, {0, 8, 5}}; // of four tokens
        INDArray q = random(24, 12);
        INDArray k = random(24, 6);
        INDArray v = random(24, 6);
        INDArray keyCache = Nd4j.create(DataType.FLOAT, 10, 4, 6);
        INDArray valueCache = Nd4j.create(DataType.FLOAT, 10, 4, 6);
        float[] pieced = new float[24 * 12];
        int[] done = new int[4];
        for (int round = 0; Arrays.stream(done).sum() < 24; round++) {
            int[] live = IntStream.range(0, 4).filter(s -> starts[s] + done[s] < starts[s + 1]).toArray();
            int step = round == 0 ? 2 : 1;
            int[] rows = Arrays.stream(live).flatMap(s -> IntStream.range(starts[s] + done[s], starts[s] + done[s] + step)).toArray();
            int[] borders = IntStream.rangeClosed(0, live.length).map(i -> i * step).toArray();
            int[] used = Arrays.stream(live).flatMap(s -> Arrays.stream(blocks[s]).limit((done[s] + step + 3) / 4)).toArray();
            INDArray out = empty(rows.length, 12);
            kernels.pagedAttention(
                    q.getRows(rows),
                    k.getRows(rows),
                    v.getRows(rows),
                    Nd4j.createFromArray(borders),
                    Nd4j.createFromArray(Arrays.stream(live).map(s -> done[s]).toArray()),
                    Nd4j.createFromArray(used),
                    keyCache,
                    valueCache,
                    heads,
                    out);
            float[] part = values(out);
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(part, i * 12, pieced, rows[i] * 12, 12);
            }
            for (int s : live) {
                done[s] += step;
            }
        }
        assertArrayEquals(attention(q, k, v, starts, heads), pieced, CLOSE);
    }

    @Test
    void tokenLogProbsAndEntropyWithTemperatureOverManyChunks() {
        int vocabulary = 1 << 20; // Eight rows a chunk, the last one alone.
        int rows = 17;
        INDArray h = random(rows, 2);
        INDArray w = random(vocabulary, 2);
        int[] ids = random.ints(rows, 0, vocabulary).toArray();
        INDArray logProbs = empty(rows);
        INDArray entropy = empty(rows);
        kernels.tokenLogProbs(h, w, Nd4j.createFromArray(ids), 0.5, logProbs, entropy);
        float[] table = values(w);
        for (int r = 0; r < rows; r++) {
            double[] logits = new double[vocabulary];
            double sum = 0;
            for (int i = 0; i < vocabulary; i++) {
                logits[i] = (h.getDouble(r, 0) * table[2 * i] + h.getDouble(r, 1) * table[2 * i + 1]) / 0.5;
                sum += Math.exp(logits[i]);
            }
            double logSum = Math.log(sum);
            double expectedEntropy = 0;
            for (double logit : logits) {
                expectedEntropy -= Math.exp(logit - logSum) * (logit - logSum);
            }
            // A million summands in fp32.
            assertEquals(logits[ids[r]] - logSum, logProbs.getDouble(r), 2e-4);
            assertEquals(expectedEntropy, entropy.getDouble(r), 2e-3);
        }
    }

    /** Causal grouped-query attention in double. */
    private static float[] attention(INDArray q, INDArray k, INDArray v, int[] starts, Heads heads) {
        int d = heads.size();
        float[] out = new float[(int) q.length()];
        for (int s = 0; s + 1 < starts.length; s++) {
            for (int row = starts[s]; row < starts[s + 1]; row++) {
                for (int h = 0; h < heads.query(); h++) {
                    int shared = h / heads.group();
                    double[] p = new double[row + 1 - starts[s]];
                    double sum = 0;
                    for (int t = 0; t < p.length; t++) {
                        double score = 0;
                        for (int i = 0; i < d; i++) {
                            score += q.getDouble(row, h * d + i) * k.getDouble(starts[s] + t, shared * d + i);
                        }
                        p[t] = Math.exp(score / Math.sqrt(d));
                        sum += p[t];
                    }
                    for (int i = 0; i < d; i++) {
                        double value = 0;
                        for (int t = 0; t < p.length; t++) {
                            value += p[t] / sum * v.getDouble(starts[s] + t, shared * d + i);
                        }
                        out[row * heads.query() * d + h * d + i] = (float) value;
                    }
                }
            }
        }
        return out;
    }

    private INDArray random(long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Nd4j.create(values, shape, 'c');
    }

    private static INDArray empty(long... shape) {
        return Nd4j.createUninitialized(DataType.FLOAT, shape);
    }

    private static float[] values(INDArray array) {
        return array.data().asFloat();
    }
}
