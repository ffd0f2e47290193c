package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a16b2a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a16b4a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a32b2a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a32b4a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a48b2a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a48b4a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a64b2a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_BA16a64b4a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aCB16b16c2b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aCB16b16c4b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aCB16b32c2b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aCB16b32c4b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aCB16b48c2b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aCB16b48c4b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aCB16b64c2b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aCB16b64c4b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_clone;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_submemory;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_reshape;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_s8;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * The order in which oneDNN has weights best, for products with many rows, and takes them for products with any number of rows; asked for
 * once a shape, and never forgotten. Asked for a number of rows that is to be known later, oneDNN answers with C order.
 */
final class PackedOrder {
    private static final long MANY_ROWS = 512;

    private static final Map<Shape, dnnl_memory_desc> KNOWN = new ConcurrentHashMap<>();
    private static final Map<Shape, Optional<Blocks>> BLOCKS = new ConcurrentHashMap<>();

    private PackedOrder() {}

    /** Weights [in, out] of one of oneDNN's types. */
    private record Shape(int type, long in, long out) {}

    /**
     * A new descriptor, which the caller destroys.
     *
     * @param sizes in and out, or those of parts of the columns, after how many there are
     */
    static dnnl_memory_desc descriptor(int type, long... sizes) {
        if (sizes.length > 2 && sizes[0] > 1) {
            return withTag(type, blocks(type, sizes[1], sizes[0] * sizes[2]).orElseThrow().inBatches, sizes);
        }
        dnnl_memory_desc order = known(type, sizes[sizes.length - 2], sizes[sizes.length - 1]);
        dnnl_memory_desc copy = new dnnl_memory_desc();
        int status = sizes.length == 2
                ? dnnl_memory_desc_clone(copy, order)
                : dnnl_memory_desc_reshape(copy, order, sizes.length, sizes);
        OneDnn.check(status, "a descriptor's copy");
        return copy;
    }

    /** Whether each of so many equal parts of the columns lies in one piece. */
    static boolean hasColumns(int type, long in, long out, long parts) {
        return out % parts == 0 && blocks(type, in, out).filter(blocks -> out / parts % blocks.columns == 0).isPresent();
    }

    /** Orders of blocks of columns, as many rows together as fit into four bytes; as a matrix and as batches of matrices. */
    private enum Blocks {
        BF16_64(64, dnnl_BA16a64b2a, dnnl_aCB16b64c2b),
        BF16_48(48, dnnl_BA16a48b2a, dnnl_aCB16b48c2b),
        BF16_32(32, dnnl_BA16a32b2a, dnnl_aCB16b32c2b),
        BF16_16(16, dnnl_BA16a16b2a, dnnl_aCB16b16c2b),
        INT8_64(64, dnnl_BA16a64b4a, dnnl_aCB16b64c4b),
        INT8_48(48, dnnl_BA16a48b4a, dnnl_aCB16b48c4b),
        INT8_32(32, dnnl_BA16a32b4a, dnnl_aCB16b32c4b),
        INT8_16(16, dnnl_BA16a16b4a, dnnl_aCB16b16c4b);

        private final int columns;
        private final int alone;
        private final int inBatches;

        Blocks(int columns, int alone, int inBatches) {
            this.columns = columns;
            this.alone = alone;
            this.inBatches = inBatches;
        }

        private boolean isOrderOf(Shape shape) {
            dnnl_memory_desc order = withTag(shape.type, alone, shape.in, shape.out);
            boolean same = dnnl_memory_desc_equal(order, known(shape.type, shape.in, shape.out)) != 0;
            dnnl_memory_desc_destroy(order);
            return same;
        }
    }

    /** Empty where oneDNN has an order that is none of these. */
    private static Optional<Blocks> blocks(int type, long in, long out) {
        return BLOCKS.computeIfAbsent(new Shape(type, in, out), shape ->
                Arrays.stream(Blocks.values()).filter(blocks -> blocks.isOrderOf(shape)).findFirst());
    }

    private static dnnl_memory_desc withTag(int type, int tag, long... sizes) {
        dnnl_memory_desc descriptor = new dnnl_memory_desc();
        OneDnn.check(dnnl_memory_desc_create_with_tag(descriptor, sizes.length, sizes, type, tag), "an order of " + Arrays.toString(sizes));
        return descriptor;
    }

    /** Whether the first of {@code out} columns lie where they would without the others. */
    static boolean startsWith(int type, long in, long out, long columns) {
        dnnl_memory_desc part = new dnnl_memory_desc();
        int status = dnnl_memory_desc_create_submemory(part, known(type, in, out), new long[] {in, columns}, new long[2]);
        if (status != dnnl_success) {
            return false;
        }
        boolean same = dnnl_memory_desc_equal(part, known(type, in, columns)) != 0;
        dnnl_memory_desc_destroy(part);
        return same;
    }

    static long bytes(int type, long in, long out) {
        return dnnl_memory_desc_get_size(known(type, in, out));
    }

    private static dnnl_memory_desc known(int type, long in, long out) {
        return KNOWN.computeIfAbsent(new Shape(type, in, out), PackedOrder::ask);
    }

    private static dnnl_memory_desc ask(Shape shape) {
        dnnl_memory_desc rows = rows(shape.type, shape.in);
        dnnl_memory_desc result = rows(shape.type == dnnl_s8 ? dnnl_f32 : shape.type, shape.out);
        dnnl_memory_desc any = withTag(shape.type, dnnl_format_tag_any, shape.in, shape.out);
        dnnl_primitive_desc product = new dnnl_primitive_desc();
        dnnl_memory_desc order = new dnnl_memory_desc();
        OneDnn.check(dnnl_matmul_primitive_desc_create(product, OneDnn.engine(), rows, any, null, result, null), shape);
        OneDnn.check(dnnl_memory_desc_clone(order, dnnl_primitive_desc_query_md(product, dnnl_query_weights_md, 0)), shape);
        dnnl_primitive_desc_destroy(product);
        for (dnnl_memory_desc made : new dnnl_memory_desc[] {rows, result, any}) {
            dnnl_memory_desc_destroy(made);
        }
        return order;
    }

    private static dnnl_memory_desc rows(int type, long width) {
        dnnl_memory_desc descriptor = new dnnl_memory_desc();
        long[] sizes = {MANY_ROWS, width};
        OneDnn.check(dnnl_memory_desc_create_with_strides(descriptor, 2, sizes, type, new long[] {width, 1}), "many rows");
        return descriptor;
    }
}
