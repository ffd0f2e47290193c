package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_exp;
import static org.nd4j.linalg.api.buffer.DataType.BFLOAT16;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import java.util.stream.LongStream;
import org.nd4j.linalg.api.buffer.DataType;
import thinkj.kernels.onednn.Arrangement.Operand;

/**
 * Products of hidden states with the projection to the vocabulary, a block of the vocabulary at a time: a block's logits are still in
 * the cache when they are used. Of logits {@code z = h·wᵀ / temperature} there are only the exponentials {@code e = exp(z − shift)},
 * with a shift for each row, and the shifted logits themselves.
 *
 * @param type of h, w and of exponentials that are multiplied further
 * @param rows M, rounded up
 * @param packed whether w lies as {@link Layout#packed}, which serves logits alone
 */
record VocabularyBlocks(
        Primitives primitives, Arrangement arrangement, DataType type, long rows, long vocabulary, long hidden, double temperature, boolean packed) {
    /** Logits in a block: 4 MiB of them in fp32. */
    private static final long BLOCK_LOGITS = 1 << 20;

    /** Below it, products lose more to their short rows than they gain by the cache. */
    private static final long NARROWEST = 2048;

    private static final long WIDEST = 8192;
    private static final long GRAIN = 64;
    private static final long FIRST_TOKENS = 256;

    /** Whether packed weights of the whole vocabulary are those of its blocks, one after the other. */
    boolean canBePacked() {
        return type == BFLOAT16
                && LongStream.of(width(), width(count() - 1), first()).allMatch(Layout.packed(type, hidden, vocabulary)::startsWith);
    }

    VocabularyBlocks overPacked() {
        return new VocabularyBlocks(primitives, arrangement, type, rows, vocabulary, hidden, temperature, true);
    }

    /** Tokens of the vocabulary in every block but the last. */
    long width() {
        return width(rows, vocabulary);
    }

    static long width(long rows, long vocabulary) {
        long fitting = BLOCK_LOGITS / rows / GRAIN * GRAIN;
        return Math.min(vocabulary, Math.max(NARROWEST, Math.min(WIDEST, fitting)));
    }

    int count() {
        return Math.toIntExact((vocabulary + width() - 1) / width());
    }

    long width(int block) {
        return Math.min(width(), vocabulary - block * width());
    }

    /** Bytes of a block's exponentials. */
    long bytes() {
        return rows * width() * type.width();
    }

    /** How many of the vocabulary's tokens {@link #logits} takes. */
    long first() {
        return Math.min(FIRST_TOKENS, vocabulary);
    }

    /** Address of a block's rows of w. */
    private long weights(long w, int block) {
        return w + block * (packed ? Layout.packed(type, hidden, width()).packedBytes() : width() * hidden * type.width());
    }

    /** Rows by tokens, as one batch: only so does oneDNN take an operand that has one value a row. */
    private Layout tile(DataType of, long width) {
        return Layout.of(of, 1, rows, width);
    }

    /** One value a row. */
    private Layout column() {
        return Layout.of(FLOAT, 1, rows, 1);
    }

    /** Logits of the {@link #first} tokens, not shifted: fp32 [M, first]. */
    void logits(long h, long w, long to) {
        product(first(), FLOAT, scaled()).run(h, w, to);
    }

    /** Shifted logits of a block, fp32 [M, width]; {@code shift} are the shifts' negatives, fp32 [M]. */
    void shifted(long h, long w, int block, long shift, long to) {
        product(width(block), FLOAT, scaled().add(column())).run(h, weights(w, block), to, shift);
    }

    /** Exponentials of a block, in some type, [M, width]. */
    void exponentials(long h, long w, int block, long shift, DataType as, long to) {
        product(width(block), as, scaled().add(column()).eltwise(dnnl_eltwise_exp, 0, 0)).run(h, weights(w, block), to, shift);
    }

    private PostOps scaled() {
        return temperature == 1 ? PostOps.NONE : PostOps.NONE.scale(1 / temperature);
    }

    private Primitive product(long width, DataType as, PostOps then) {
        Layout weights = packed ? Layout.packed(type, hidden, width).asBatch() : Layout.of(type, 1, width, hidden).transposed();
        return primitives.matMul(Layout.of(type, 1, rows, hidden), weights, null, tile(as, width), then);
    }

    /** Exponentials of shifted logits, fp32. */
    void exp(long shifted, int block, long to) {
        Layout all = Layout.of(FLOAT, rows * width(block));
        primitives.eltwise(dnnl_eltwise_exp, 0, 0, all, all, PostOps.NONE).run(shifted, to);
    }

    /** Sums of rows of a block, fp32 [M]; as a product with ones, which adds in many lanes. */
    void sums(long tile, int block, long ones, long to) {
        Layout sums = Layout.of(FLOAT, rows, 1);
        primitives.matMul(Layout.of(FLOAT, rows, width(block)), Layout.of(FLOAT, width(block), 1), null, sums, PostOps.NONE)
                .run(tile, ones, to);
    }

    /** Products of rows of two blocks, fp32 [M]. */
    void dots(long a, long b, int block, long to) {
        Layout row = Layout.of(FLOAT, rows, 1, width(block));
        primitives.matMul(row, Layout.of(FLOAT, rows, width(block), 1), null, Layout.of(FLOAT, rows, 1, 1), PostOps.NONE).run(a, b, to);
    }

    /** A block of fp32 in the type that is multiplied further. */
    void narrow(long from, int block, long to) {
        long values = rows * width(block);
        primitives.reorder(Layout.of(FLOAT, values), Layout.of(type, values), PostOps.NONE).run(from, to);
    }

    /** {@code to = (a + b·l)·exp(l)} of a block's shifted logits l in fp32, with a and b fp32 [M]; l and {@code spare} are used up. */
    void entropyGrad(long l, int block, long a, long b, long spare, long to) {
        exp(l, block, spare);
        Layout tile = tile(FLOAT, width(block));
        PostOps then = PostOps.NONE.add(column()).multiply(tile);
        primitives.binary(dnnl_binary_mul, tile, column(), tile, then).run(l, b, l, a, spare);
        narrow(l, block, to);
    }

    /** {@code sums (+)= tile·w}: fp32 [M, D]. */
    void multiply(long tile, long w, int block, long sums) {
        Operand weights = arrangement.backward(rows, Layout.of(type, width(block), hidden), weights(w, block));
        Layout to = Layout.of(FLOAT, rows, hidden);
        arrangement.product(Layout.of(type, rows, width(block)), weights.layout(), null, to, adding(block > 0))
                .run(tile, weights.address(), sums);
    }

    /** Rows [M, D] in the order that {@link #multiplyTransposed} takes: each block's product would arrange them anew. */
    Layout packedRows() {
        return Layout.packed(type, rows, hidden);
    }

    /** {@code dw (+)= tileᵀ·h} for a block's rows of dw, which is fp32 [V, D]; h as {@link #packedRows}. */
    void multiplyTransposed(long tile, long h, int block, boolean add, long dw) {
        Operand gradients = arrangement.gradients(Layout.of(type, rows, width(block)), tile, hidden);
        Layout to = Layout.of(FLOAT, width(block), hidden);
        arrangement.product(gradients.layout(), packedRows(), null, to, adding(add))
                .run(gradients.address(), h, dw + block * width() * hidden * Float.BYTES);
    }

    private static PostOps adding(boolean add) {
        return add ? PostOps.NONE.sum() : PostOps.NONE;
    }
}
