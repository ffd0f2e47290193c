package thinkj.kernels.onednn;

import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Log-probabilities and entropies of targets, a block of the vocabulary at a time, by {@link Exponentials}.
 *
 * <p>With {@code e = exp(z − shift)} and s its sum over the vocabulary, {@code log p = z − shift − log s}. Gradients need
 * {@code p = e / s}; s belongs to a whole row, so it goes, together with the log-probability's gradient, into the rows of h and of dh:
 * the exponentials are multiplied as they are, and no pass over logits is made. Only the target's is replaced, p by {@code p − 1}: the
 * difference is taken before it is rounded, or certain targets, which teach nothing, would leave their rounding errors.
 */
final class OneDnnTokenLogProbs {
    private final Operands operands;
    private final NativeScratch scratch;
    private final Arrangement arrangement;
    private final Exponentials exponentials;

    private boolean forwardOnly;

    /** @param budget bytes of exponentials that may be kept from a result to its gradient, which has to compute the others again */
    OneDnnTokenLogProbs(Operands operands, long budget) {
        this.operands = operands;
        scratch = operands.primitives().scratch();
        arrangement = new Arrangement(operands.primitives(), operands.type());
        exponentials = new Exponentials(scratch, budget);
    }

    /** Has no exponentials kept for a gradient, and bf16 copies of weights packed, of which no gradient could make use. */
    void forwardOnly() {
        forwardOnly = true;
    }

    /** @param entropy null if nobody asks for it */
    void forward(INDArray h, INDArray w, INDArray ids, double temperature, INDArray logProbs, INDArray entropy) {
        int rows = Math.toIntExact(h.size(0));
        if (rows == 0) {
            return;
        }
        VocabularyBlocks blocks = blocks(rows, w, temperature);
        if (forwardOnly && w.dataType() == FLOAT && blocks.canBePacked()) {
            NativeRows weights = new NativeRows(Operands.dense(w), FLOAT, (int) blocks.hidden());
            long packed = operands.packedWeight(w);
            exponentials.compute(blocks.overPacked(), padded(h, blocks), packed, weights, ids.toIntVector(), entropy != null, false);
        } else {
            compute(blocks, padded(h, blocks), operands.weight(w), ids.toIntVector(), entropy != null);
        }
        write(exponentials::logProb, rows, logProbs);
        if (entropy != null) {
            write(exponentials::entropy, rows, entropy);
        }
    }

    private void compute(VocabularyBlocks blocks, long h, long w, int[] ids, boolean entropies) {
        NativeRows weights = new NativeRows(w, blocks.type(), (int) blocks.hidden());
        exponentials.compute(blocks, h, w, weights, ids, entropies, !forwardOnly);
    }

    private static void write(IntToDoubleFunction values, int rows, INDArray to) {
        float[] rounded = new float[rows];
        for (int i = 0; i < rows; i++) {
            rounded[i] = (float) values.applyAsDouble(i);
        }
        Memory.write(rounded, rows, Operands.dense(to));
    }

    /**
     * With p the softmax, H the entropy and {@code log p = z − log Σ exp(z)}: the logit's gradient is
     * {@code dLogProb·(onehot − p) − dEntropy·p·(log p + H)}, over the temperature.
     *
     * @param dw null if nobody asks for it
     */
    void backward(
            INDArray dLogProbs,
            INDArray dEntropy,
            INDArray h,
            INDArray w,
            INDArray ids,
            double temperature,
            INDArray dh,
            INDArray dw,
            boolean addW) {
        int rows = Math.toIntExact(h.size(0));
        long to = dw == null ? 0 : Operands.dense(dw);
        if (rows == 0) {
            if (dw != null && !addW) {
                Memory.zero(to, dw.length() * Float.BYTES);
            }
            return;
        }
        VocabularyBlocks blocks = blocks(rows, w, temperature);
        float[] chosen = scaled(dLogProbs, 1 / temperature);
        float[] entropies = scaled(dEntropy, 1 / temperature);
        boolean entropy = anyNonZero(entropies);
        int[] targets = ids.toIntVector();
        recall(blocks, padded(h, blocks), operands.weight(w), targets, entropy);
        float[] factors = new float[(int) blocks.rows()];
        Gradient gradient = entropy
                ? throughEntropies(blocks, targets, chosen, entropies, factors)
                : throughExponentials(blocks, targets, chosen, factors);
        long sums = scratch.take("tokenLogProbs.dhSums", blocks.rows() * blocks.hidden() * Float.BYTES);
        long packedRows = dw == null ? 0 : packed(gradient.h, blocks);
        for (int block = 0; block < blocks.count(); block++) {
            long tile = gradient.tile(block);
            blocks.multiply(tile, exponentials.weights(), block, sums);
            if (dw != null) {
                blocks.multiplyTransposed(tile, packedRows, block, addW, to);
            }
        }
        exponentials.forget();
        int width = (int) blocks.hidden();
        RowLoops.scale(new NativeRows(sums, FLOAT, width), factors, rows, new NativeRows(Operands.dense(dh), FLOAT, width));
    }

    /**
     * Gradients of logits but for a factor of each row, a block at a time.
     *
     * @param h address of hidden states times that factor
     * @param ofTargets what the targets' are
     */
    private record Gradient(VocabularyBlocks blocks, Tiles tiles, long h, int[] ids, float[] ofTargets) {

        long tile(int block) {
            long tile = tiles.tile(block);
            long first = block * blocks.width();
            NativeRows rows = new NativeRows(tile, blocks.type(), (int) blocks.width(block));
            for (int i = 0; i < ids.length; i++) {
                if (ids[i] >= first && ids[i] < first + rows.width()) {
                    rows.put(ofTargets[i], i, ids[i] - first);
                }
            }
            return tile;
        }
    }

    private interface Tiles {
        long tile(int block);
    }

    private VocabularyBlocks blocks(long rows, INDArray w, double temperature) {
        return new VocabularyBlocks(
                operands.primitives(), arrangement, operands.type(), Lengths.rounded(rows), w.size(0), w.size(1), temperature, false);
    }

    /** Address of hidden states in the type of products, followed by zeros. */
    private long padded(INDArray h, VocabularyBlocks blocks) {
        long values = blocks.rows() * blocks.hidden();
        long given = h.length() * h.dataType().width();
        long to = scratch.take("tokenLogProbs.h", values * h.dataType().width());
        Memory.copy(Operands.dense(h), to, given);
        Memory.zero(to + given, values * h.dataType().width() - given);
        if (h.dataType() == blocks.type()) {
            return to;
        }
        long converted = scratch.take("tokenLogProbs.hConverted", values * blocks.type().width());
        operands.convert(to, h.dataType(), converted, blocks.type(), values);
        return converted;
    }

    private long packed(long rows, VocabularyBlocks blocks) {
        Layout order = blocks.packedRows();
        long to = scratch.take("tokenLogProbs.packedH", order.packedBytes());
        operands.primitives().reorder(Layout.of(blocks.type(), blocks.rows(), blocks.hidden()), order, PostOps.NONE).run(rows, to);
        return to;
    }

    private void recall(VocabularyBlocks blocks, long h, long w, int[] ids, boolean entropies) {
        if (!exponentials.areOf(blocks, h, w, ids, entropies)) {
            compute(blocks, h, w, ids, entropies);
        }
    }

    /** {@code −dLogProb·p = factor·e} with {@code factor = −dLogProb / s}, and {@code dLogProb·(1 − p)} for the target. */
    private Gradient throughExponentials(VocabularyBlocks blocks, int[] ids, float[] chosen, float[] factors) {
        float[] ofTargets = new float[ids.length];
        for (int i = 0; i < ids.length; i++) {
            factors[i] = (float) (-chosen[i] / exponentials.sum(i));
            ofTargets[i] = (float) (Math.expm1(exponentials.logProb(i)) * exponentials.sum(i));
        }
        NativeRows h = exponentials.hidden();
        long bytes = blocks.rows() * blocks.hidden() * blocks.type().width();
        NativeRows scaled = new NativeRows(scratch.take("tokenLogProbs.scaledH", bytes), h.type(), h.width());
        RowLoops.scale(h, factors, factors.length, scaled);
        return new Gradient(blocks, exponentials::tile, scaled.address(), ids, ofTargets);
    }

    /** {@code p·(−dLogProb − dEntropy·(log p + H))}, and dLogProb more for the target; factors are 1. */
    private Gradient throughEntropies(VocabularyBlocks blocks, int[] ids, float[] chosen, float[] entropies, float[] factors) {
        float[] a = new float[factors.length];
        float[] b = new float[factors.length];
        float[] ofTargets = new float[ids.length];
        Arrays.fill(factors, 1);
        for (int i = 0; i < ids.length; i++) {
            double logP = exponentials.logProb(i);
            double surprise = logP + exponentials.entropy(i);
            a[i] = (float) (-chosen[i] - entropies[i] * exponentials.entropy(i));
            b[i] = -entropies[i];
            ofTargets[i] = (float) (-chosen[i] * Math.expm1(logP) - entropies[i] * Math.exp(logP) * surprise);
        }
        return new Gradient(blocks, block -> exponentials.weightedTile(block, a, b), exponentials.hidden().address(), ids, ofTargets);
    }

    private static float[] scaled(INDArray values, double factor) {
        float[] scaled = new float[Math.toIntExact(values.length())];
        Memory.read(Operands.dense(values), scaled, scaled.length);
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= (float) factor;
        }
        return scaled;
    }

    private static boolean anyNonZero(float[] values) {
        for (float value : values) {
            if (value != 0) {
                return true;
            }
        }
        return false;
    }
}
