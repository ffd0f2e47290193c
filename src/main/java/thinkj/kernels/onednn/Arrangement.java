package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * How large products have their operands: in which order, and how many rows at once. The rules are what was measured, on CPUs that
 * multiply bf16 by vectors and on ones that do it by tiles, where products take so little time that each way to memory shows; a rule
 * rather than a measurement at the start, so that the same run rounds alike every time.
 */
final class Arrangement {
    /** Sides of a right operand from which on it is packed: given it as it lies, oneDNN packs it too, but on each core anew. */
    private static final long PACKED_SIDE = 512;

    /** Rows on the left from which on packing pays, and those from which on turning does, which takes twice as long. */
    private static final long ROWS_FOR_PACKED = 512;

    private static final long ROWS_FOR_TURNED = 1024;

    /** By tiles, the left operand of a weight's gradient is turned into C order where the weight has so many values. */
    private static final long VALUES_FOR_TURNED = 1 << 20;

    /** By tiles, a sum over so many products is computed for so many rows at once: with more of them oneDNN takes twice as long for each. */
    private static final long DEEP = 2048;

    private static final long ROWS_OF_DEEP = 512;
    private static final long GRAIN = 16;

    private final Primitives primitives;
    private final boolean tiles;

    /** @param type of the operands */
    Arrangement(Primitives primitives, DataType type) {
        this(primitives, type == DataType.BFLOAT16 && OneDnn.hasTiles());
    }

    /** @param tiles whether products are computed by tiles */
    Arrangement(Primitives primitives, boolean tiles) {
        this.primitives = primitives;
        this.tiles = tiles;
    }

    /** An operand and how it lies there; what is not where it was given is good until the next of its kind is asked for. */
    record Operand(Layout layout, long address) {}

    /** The weight [out, in] as right operand of a forward product of n rows. */
    Operand forward(long n, Layout weight, long address) {
        Layout turned = weight.transposed();
        return turned.type() == DataType.BFLOAT16 && n >= ROWS_FOR_TURNED && isLarge(turned)
                ? packed(turned, address)
                : new Operand(turned, address);
    }

    /** The weight [out, in] as right operand of its input's gradient, of n rows. By tiles, a tall one is multiplied as fast as it lies. */
    Operand backward(long n, Layout weight, long address) {
        boolean tall = weight.size(0) > weight.size(1);
        return n >= ROWS_FOR_PACKED && isLarge(weight) && !(tiles && tall) ? packed(weight, address) : new Operand(weight, address);
    }

    /** Inputs [n, in] as right operand of the gradient of a weight with so many outputs. */
    Operand inputs(Layout x, long address, long out) {
        return out >= ROWS_FOR_PACKED && isLarge(x) ? packed(x, address) : new Operand(x, address);
    }

    /** Gradients [n, out] as left operand of the gradient of a weight with so many inputs. */
    Operand gradients(Layout dy, long address, long in) {
        if (!tiles || dy.size(1) * in < VALUES_FOR_TURNED) {
            return new Operand(dy.transposed(), address);
        }
        Layout turned = Layout.of(dy.type(), dy.size(1), dy.size(0));
        long to = primitives.scratch().take("turned", turned.bytes());
        primitives.reorder(dy.transposed(), turned, PostOps.NONE).run(address, to);
        return new Operand(turned, to);
    }

    /** How many of n rows to compute at once, each a sum of so many products. */
    long rowsAtOnce(long n, long depth) {
        if (!tiles || depth < DEEP || n <= ROWS_OF_DEEP) {
            return n;
        }
        long parts = (n + ROWS_OF_DEEP - 1) / ROWS_OF_DEEP;
        return ((n + parts - 1) / parts + GRAIN - 1) / GRAIN * GRAIN;
    }

    private static boolean isLarge(Layout operand) {
        return Math.min(operand.size(0), operand.size(1)) >= PACKED_SIDE;
    }

    private Operand packed(Layout plain, long address) {
        Layout packed = Layout.packed(plain.type(), plain.size(0), plain.size(1));
        long to = primitives.scratch().take("packed", packed.packedBytes());
        primitives.reorder(plain, packed, PostOps.NONE).run(address, to);
        return new Operand(packed, to);
    }
}
