package thinkj.kernels.onednn;

import java.util.stream.LongStream;

/**
 * Into how many parts the columns of a product by tiles are taken, by what was measured for Qwen2.5's shapes at 1 to 2,048 rows. With
 * many rows it is about what stays in a core's cache, with few of them about how fast weights are read: each core on a way of its own
 * through memory is up to an eighth faster, and half as fast again where weights are small.
 */
final class Columns {
    /** Rows from which on a product is more than reading its right operand. */
    private static final long MANY_ROWS = 256;

    /** Rows up to which a deep right operand is read faster in halves, and how deep one is. */
    private static final long FEW_ROWS = 16;

    private static final long DEEP = 2048;

    /** Products in a sum and columns from which on it makes a difference with many rows. */
    private static final long DEEP_ENOUGH = 256;

    private static final long WIDE_ENOUGH = 512;

    /** Columns up to which both cores have half of them each. */
    private static final long NARROW = 1536;

    /** Bytes of a right operand that many rows find in a core's cache, and what its parts may have otherwise. */
    private static final long CACHED = 3 << 19;

    private static final long PART = 1 << 20;

    /** Columns of a part where the right operand lies in C order, and most of one where it is transposed or packed. */
    private static final long WIDE = 1024;

    private static final long NOT_SO_WIDE = 704;
    private static final long NARROWEST = 256;
    private static final long ROWS_FOR_PACKED = 1024;

    /** Columns that oneDNN takes at once. */
    private static final long GRAIN = 32;

    /** Parts from which on it does not matter that the last leaves a core without work. */
    private static final long MANY = 16;

    private Columns() {}

    /** @param rows on the left of b */
    static long parts(long rows, Layout b) {
        long in = b.size(0);
        long out = b.size(1);
        if (b.isPacked() && (rows < MANY_ROWS || b.type().width() == 1)) {
            boolean deep = rows > FEW_ROWS && in > DEEP && b.type().width() > 1;
            return deep ? 1 : halves(b);
        }
        if (rows < MANY_ROWS || in < DEEP_ENOUGH || out < WIDE_ENOUGH) {
            return 1;
        }
        if (out <= NARROW) {
            return narrow(rows, b);
        }
        if (b.isPacked()) {
            return rows < ROWS_FOR_PACKED ? 1 : parts(b, NOT_SO_WIDE);
        }
        boolean transposed = b.stride(0) == 1;
        return parts(b, transposed ? Math.max(NARROWEST, Math.min(NOT_SO_WIDE, rows * 7 / 10)) : WIDE);
    }

    private static long narrow(long rows, Layout b) {
        if (rows < 2 * b.size(1)) {
            return halves(b);
        }
        return b.bytes() <= CACHED ? 1 : parts(b, Math.max(NARROWEST, PART / (b.size(0) * b.type().width())));
    }

    private static long halves(Layout b) {
        return canBe(2, b) ? 2 : 1;
    }

    /** The fewest that are at most so wide and keep two cores busy; 1 where the columns can't be divided so. */
    private static long parts(Layout b, long widest) {
        long out = b.size(1);
        return LongStream.rangeClosed(2, out / GRAIN)
                .filter(parts -> out / parts <= widest && (parts % 2 == 0 || parts >= MANY) && canBe(parts, b))
                .findFirst()
                .orElse(1);
    }

    private static boolean canBe(long parts, Layout b) {
        long out = b.size(1);
        return out % parts == 0 && out / parts % GRAIN == 0 && (!b.isPacked() || b.hasColumns(parts));
    }
}
