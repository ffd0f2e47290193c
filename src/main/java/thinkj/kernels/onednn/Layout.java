package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_s32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_s8;

import java.util.Arrays;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.nd4j.linalg.api.buffer.DataType;

/** How an operand lies in memory: its type, sizes and strides (in elements). A value, made for being part of a key. */
final class Layout {
    private final DataType type;
    private final long[] sizes;
    /** Null for {@link PackedOrder}'s, of two dimensions or as batches of columns. */
    private final long[] strides;
    private final int hash;

    private Layout(DataType type, long[] sizes, long[] strides) {
        this.type = type;
        this.sizes = sizes;
        this.strides = strides;
        hash = 31 * (31 * type.ordinal() + Arrays.hashCode(sizes)) + Arrays.hashCode(strides);
    }

    /** Without gaps, in C order. */
    static Layout of(DataType type, long... sizes) {
        long[] strides = new long[sizes.length];
        long stride = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= sizes[i];
        }
        return new Layout(type, sizes.clone(), strides);
    }

    /** Weights of products in the order that oneDNN has them best. */
    static Layout packed(DataType type, long in, long out) {
        return new Layout(type, new long[] {in, out}, null);
    }

    static Layout strided(DataType type, long[] sizes, long[] strides) {
        return new Layout(type, sizes.clone(), strides.clone());
    }

    /** The same memory with the last two dimensions exchanged. */
    Layout transposed() {
        return new Layout(type, exchanged(sizes), exchanged(strides));
    }

    private static long[] exchanged(long[] of) {
        long[] copy = of.clone();
        copy[of.length - 1] = of[of.length - 2];
        copy[of.length - 2] = of[of.length - 1];
        return copy;
    }

    DataType type() {
        return type;
    }

    int rank() {
        return sizes.length;
    }

    long size(int dimension) {
        return sizes[dimension];
    }

    /** Bytes of its values; of an operand in {@link #packed} order, those without padding. */
    long bytes() {
        long count = 1;
        for (long size : sizes) {
            count *= size;
        }
        return count * type.width();
    }

    /** Of an operand in {@link #packed} order. */
    long packedBytes() {
        return PackedOrder.bytes(nativeType(), sizes[0], sizes[1]);
    }

    /** Whether the memory of an operand in {@link #packed} order starts with that of its first columns, packed alone. */
    boolean startsWith(long columns) {
        return PackedOrder.startsWith(nativeType(), sizes[0], sizes[1], columns);
    }

    /** The same memory, of two dimensions, as one batch. */
    Layout asBatch() {
        return columns(1);
    }

    /** The same memory, of two dimensions, as so many batches, each of as many columns. */
    Layout columns(long parts) {
        long[] cut = {parts, sizes[0], sizes[1] / parts};
        return new Layout(type, cut, strides == null ? null : new long[] {cut[2] * strides[1], strides[0], strides[1]});
    }

    /** Whether each of so many {@link #columns} of an operand in {@link #packed} order lies in one piece. */
    boolean hasColumns(long parts) {
        return PackedOrder.hasColumns(nativeType(), sizes[0], sizes[1], parts);
    }

    boolean isPacked() {
        return strides == null;
    }

    long stride(int dimension) {
        return strides[dimension];
    }

    /** A new descriptor, which the caller destroys. */
    dnnl_memory_desc descriptor() {
        if (strides == null) {
            return PackedOrder.descriptor(nativeType(), sizes);
        }
        dnnl_memory_desc descriptor = new dnnl_memory_desc();
        OneDnn.check(dnnl_memory_desc_create_with_strides(descriptor, sizes.length, sizes, nativeType(), strides), this);
        return descriptor;
    }

    private int nativeType() {
        return switch (type) {
            case FLOAT -> dnnl_f32;
            case BFLOAT16 -> dnnl_bf16;
            case BYTE -> dnnl_s8;
            case INT -> dnnl_s32;
            default -> throw new IllegalArgumentException(type + ": these kernels know FLOAT, BFLOAT16, INT and BYTE");
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Layout that
                && hash == that.hash
                && type == that.type
                && Arrays.equals(sizes, that.sizes)
                && Arrays.equals(strides, that.strides);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return type + Arrays.toString(sizes) + " by " + Arrays.toString(strides);
    }
}
