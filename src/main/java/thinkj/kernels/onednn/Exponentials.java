package thinkj.kernels.onednn;

import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import java.util.Arrays;

/**
 * Sums over the vocabulary for each row of hidden states: of {@code e = exp(z − shift)}, and of {@code e·(z − shift)}, by
 * {@link VocabularyBlocks}. Those of the last call are kept for the gradient, which is nearly always asked for right after and for the
 * same arrays, and so are as many of the exponentials as a budget allows.
 *
 * <p>A row's shift only has to keep its exponentials within range: it is the largest of its target's logit and those of the first
 * tokens, and rises, with a fresh start, when a logit turns out to be far above it.
 */
final class Exponentials {
    /** Sums beyond this call for a larger shift: far from the ends of fp32 and bf16. */
    private static final float LARGEST_SUM = 1e20f;

    private final NativeScratch scratch;
    private final long budget;
    private VocabularyBlocks blocks;
    private long w;
    private NativeRows weights;
    private int[] ids;
    private int kept;
    private boolean weighted;

    /** By row, those behind the targets being padding: logits of the targets, shifts, sums of e and of e·(z − shift). */
    private double[] logits;

    private float[] shifts;
    private double[] sums;
    private double[] weightedSums;

    /** @param budget bytes of exponentials that may be kept */
    Exponentials(NativeScratch scratch, long budget) {
        this.scratch = scratch;
        this.budget = budget;
    }

    double logProb(int row) {
        return logits[row] - shifts[row] - Math.log(sums[row]);
    }

    /** {@code H = log s − Σ p·(z − shift)}. */
    double entropy(int row) {
        return Math.log(sums[row]) - weightedSums[row] / sums[row];
    }

    double sum(int row) {
        return sums[row];
    }

    /** {@code log Σ exp(z)}. */
    double logSum(int row) {
        return shifts[row] + Math.log(sums[row]);
    }

    /** Hidden states of the last call, in the type of products and with their padding. */
    NativeRows hidden() {
        return new NativeRows(memory("hidden", blocks.rows() * blocks.hidden() * blocks.type().width()), blocks.type(), (int) blocks.hidden());
    }

    /** Address of the weights of the last call. */
    long weights() {
        return w;
    }

    /**
     * Whether the last call was for these: hidden states are compared bit for bit, weights by every target's logit.
     *
     * @param h address of hidden states, padded
     */
    boolean areOf(VocabularyBlocks blocks, long h, long w, int[] ids, boolean weighted) {
        if (!blocks.equals(this.blocks) || w != this.w || !Arrays.equals(ids, this.ids) || weighted && !this.weighted) {
            return false;
        }
        NativeRows hidden = hidden();
        return Memory.equal(h, hidden.address(), blocks.rows() * blocks.hidden() * blocks.type().width())
                && Arrays.equals(RowLoops.logits(hidden, weights, ids, blocks.temperature()), logits);
    }

    /**
     * @param w address of the weights as blocks take them
     * @param weights their rows, in fp32 where they are packed
     * @param weighted asks for entropies too
     * @param keep whether a gradient is likely to follow
     */
    void compute(VocabularyBlocks blocks, long h, long w, NativeRows weights, int[] ids, boolean weighted, boolean keep) {
        this.blocks = blocks;
        this.w = w;
        this.weights = weights;
        this.ids = ids;
        this.weighted = weighted;
        kept = keep ? (int) Math.min(blocks.count(), budget / blocks.bytes()) : 0;
        Memory.copy(h, hidden().address(), blocks.rows() * blocks.hidden() * blocks.type().width());
        logits = RowLoops.logits(hidden(), weights, ids, blocks.temperature());
        startShifts();
        boolean risen = true;
        while (risen) {
            risen = !sumAll();
        }
    }

    private void startShifts() {
        int count = (int) blocks.first();
        int rows = (int) blocks.rows();
        long tile = memory("tile", blocks.rows() * blocks.first() * Float.BYTES); // Where all blocks are kept, nothing asks for more.
        blocks.logits(hidden().address(), w, tile);
        shifts = new float[rows];
        float[] row = new float[count];
        for (int i = 0; i < rows; i++) {
            Memory.read(tile + (long) i * count * Float.BYTES, row, count);
            shifts[i] = Math.max(max(row), i < logits.length ? (float) logits[i] : Float.NEGATIVE_INFINITY);
        }
    }

    private static float max(float[] values) {
        float max = values[0];
        for (float value : values) {
            max = Math.max(max, value);
        }
        return max;
    }

    /** Sums of all blocks; false if a shift has risen on the way, and they are to be started again. */
    private boolean sumAll() {
        int rows = shifts.length;
        sums = new double[rows];
        weightedSums = new double[rows];
        long ones = ones();
        long column = memory("sums", (long) rows * Float.BYTES);
        float[] part = new float[rows];
        for (int block = 0; block < blocks.count(); block++) {
            long tile = sumTile(block);
            blocks.sums(tile, block, ones, column);
            Memory.read(column, part, rows);
            if (max(part) > LARGEST_SUM && raiseShifts(block)) {
                return false;
            }
            add(part, sums);
            if (weighted) {
                blocks.dots(tile, floats("shifted"), block, column);
                Memory.read(column, part, rows);
                add(part, weightedSums);
            }
        }
        return true;
    }

    private static void add(float[] part, double[] to) {
        for (int i = 0; i < part.length; i++) {
            to[i] += part[i];
        }
    }

    /** Address of a block's exponentials in fp32, which are kept too if there is room. */
    private long sumTile(int block) {
        boolean keeps = block < kept;
        long tile = keeps && blocks.type() == FLOAT ? kept(block) : floats("tile");
        if (weighted) {
            blocks.shifted(hidden().address(), w, block, negative(shifts), floats("shifted"));
            blocks.exp(floats("shifted"), block, tile);
        } else {
            blocks.exponentials(hidden().address(), w, block, negative(shifts), FLOAT, tile);
        }
        if (keeps && blocks.type() != FLOAT) {
            blocks.narrow(tile, block, kept(block));
        }
        return tile;
    }

    /** Makes shifts at least as large as the logits of a block; false if they are. */
    private boolean raiseShifts(int block) {
        boolean risen = false;
        int width = (int) blocks.width(block);
        long tile = floats("tile");
        blocks.shifted(hidden().address(), w, block, negative(shifts), tile);
        float[] row = new float[width];
        for (int i = 0; i < shifts.length; i++) {
            Memory.read(tile + (long) i * width * Float.BYTES, row, width);
            float above = max(row);
            if (above > 0) {
                shifts[i] += above;
                risen = true;
            }
        }
        return risen;
    }

    /** What was kept has been changed and is to be computed again if it is asked for again. */
    void forget() {
        kept = 0;
    }

    /** Address of a block's exponentials in the type of products; valid until the next block is asked for. */
    long tile(int block) {
        if (block < kept) {
            return kept(block);
        }
        long tile = memory("again", blocks.bytes());
        blocks.exponentials(hidden().address(), w, block, negative(shifts), blocks.type(), tile);
        return tile;
    }

    /** Address of a block's {@code p·(a + b·log p)} in the type of products, a and b one value a row; valid as {@link #tile}. */
    long weightedTile(int block, float[] a, float[] b) {
        float[] logSums = new float[shifts.length];
        for (int i = 0; i < logSums.length; i++) {
            logSums[i] = (float) logSum(i);
        }
        long logP = floats("shifted");
        long tile = memory("again", blocks.bytes());
        blocks.shifted(hidden().address(), w, block, negative(logSums), logP);
        blocks.entropyGrad(logP, block, column("a", a), column("b", b), floats("tile"), tile);
        return tile;
    }

    private long kept(int block) {
        return memory("kept", kept * blocks.bytes()) + block * blocks.bytes();
    }

    private long negative(float[] values) {
        float[] negative = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            negative[i] = -values[i];
        }
        return column("negative", negative);
    }

    private long column(String name, float[] values) {
        long to = memory(name, (long) values.length * Float.BYTES);
        Memory.write(values, values.length, to);
        return to;
    }

    private long ones() {
        float[] ones = new float[(int) blocks.width()];
        Arrays.fill(ones, 1);
        return column("ones", ones);
    }

    /** A block of fp32. */
    private long floats(String name) {
        return memory(name, blocks.rows() * blocks.width() * Float.BYTES);
    }

    private long memory(String name, long bytes) {
        return scratch.take("exponentials." + name, bytes);
    }
}
