package thinkj.kernels.onednn;

import java.util.stream.LongStream;

/** Into how many parts the columns of a product by tiles are taken, by what was measured for Qwen2.5's shapes at 256 to 2,048 rows. */
final class Columns {
    /** Rows, products in a sum and columns from which on it makes a difference. */
    private static final long FEWEST = 256;

    private static final long NARROWEST = 512;

    /** Columns up to which both cores have half of them each. */
    private static final long NARROW = 1536;

    /** Bytes of a right operand that many rows find in a core's cache, and what its parts may have otherwise. */
    private static final long CACHED = 3 << 19;

    private static final long PART = 1 << 20;

    /** Columns of a part where the right operand lies in C order, and most of one where it is transposed or packed. */
    private static final long WIDE = 1024;

    private static final long NOT_SO_WIDE = 704;
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
        if (rows < FEWEST || in < FEWEST || out < NARROWEST) {
            return 1;
        }
        if (out <= NARROW) {
            return narrow(rows, b);
        }
        if (b.isPacked()) {
            return rows < ROWS_FOR_PACKED ? 1 : parts(b, NOT_SO_WIDE);
        }
        boolean transposed = b.stride(0) == 1;
        return parts(b, transposed ? Math.max(FEWEST, Math.min(NOT_SO_WIDE, rows * 7 / 10)) : WIDE);
    }

    private static long narrow(long rows, Layout b) {
        if (rows < 2 * b.size(1)) {
            return parts(b, b.size(1) / 2);
        }
        return b.bytes() <= CACHED ? 1 : parts(b, Math.max(FEWEST, PART / (b.size(0) * b.type().width())));
    }

    /** The fewest that are at most so wide and keep two cores busy; 1 where the columns can't be divided so. */
    private static long parts(Layout b, long widest) {
        long out = b.size(1);
        return LongStream.rangeClosed(2, out / GRAIN)
                .filter(parts -> out % parts == 0 && out / parts <= widest && out / parts % GRAIN == 0)
                .filter(parts -> parts % 2 == 0 || parts >= MANY)
                .filter(parts -> !b.isPacked() || b.hasColumns(parts))
                .findFirst()
                .orElse(1);
    }
}
