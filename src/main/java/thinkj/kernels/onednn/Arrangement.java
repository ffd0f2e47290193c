package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * How large products have their operands, and how they are taken apart. The rules are what was measured, on two cores of CPUs that
 * multiply bf16 by vectors and of ones that do it by tiles; a rule rather than a measurement at the start, so that the same run rounds
 * alike every time.
 *
 * <p>By vectors, packing large right operands pays: given one as it lies, oneDNN packs it too, but on each core anew. By tiles, where
 * products take so little time that each way to memory shows, it does not; there oneDNN, left to choose which block of an operand stays
 * in a core's cache, often chooses one that does not fit, and needs up to twice as long. Given the columns in parts, as batches, it
 * chooses well.
 */
final class Arrangement {
    /** Sides of a right operand from which on it is packed. */
    private static final long PACKED_SIDE = 512;

    /** Rows on the left from which on packing pays, and those from which on turning does, which takes twice as long. */
    private static final long ROWS_FOR_PACKED = 512;

    private static final long ROWS_FOR_TURNED = 1024;

    /** By tiles, the left operand of a weight's gradient is turned into C order where the weight has so many values. */
    private static final long VALUES_FOR_TURNED = 1 << 18;

    private final Primitives primitives;
    private final boolean tiles;

    /** @param type of the operands */
    Arrangement(Primitives primitives, DataType type) {
        this(primitives, type != DataType.FLOAT && OneDnn.hasTiles());
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
        return !tiles && turned.type() == DataType.BFLOAT16 && n >= ROWS_FOR_TURNED && isLarge(turned)
                ? packed(turned, address)
                : new Operand(turned, address);
    }

    /** The weight [out, in] as right operand of its input's gradient, of n rows. */
    Operand backward(long n, Layout weight, long address) {
        return !tiles && n >= ROWS_FOR_PACKED && isLarge(weight) ? packed(weight, address) : new Operand(weight, address);
    }

    /** Inputs [n, in] as right operand of the gradient of a weight with so many outputs. */
    Operand inputs(Layout x, long address, long out) {
        return !tiles && out >= ROWS_FOR_PACKED && isLarge(x) ? packed(x, address) : new Operand(x, address);
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

    /**
     * {@code c = then(a·b + bias)} of matrices, b's columns in parts where that is faster.
     *
     * @param bias null for none
     * @return runs on the same operands as {@link Primitives#matMul}
     */
    Primitive product(Layout a, Layout b, Layout bias, Layout c, PostOps then) {
        long rows = a.size(0);
        // oneDNN takes no row that differs from batch to batch.
        long parts = bias == null && then.haveAllRows(rows) ? parts(rows, b) : 1;
        return parts == 1
                ? primitives.matMul(a, b, bias, c, then)
                : primitives.matMul(a.asBatch(), b.columns(parts), null, c.columns(parts), then.columns(parts));
    }

    /** How many parts b's columns make, beneath so many rows. */
    long parts(long rows, Layout b) {
        return tiles ? Columns.parts(rows, b) : 1;
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
