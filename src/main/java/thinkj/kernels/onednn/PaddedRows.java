package thinkj.kernels.onednn;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The rows of a packed batch with each sequence's length rounded up by {@link Lengths}, what is added being zeros: the arrays' own rows
 * where every length is round, copies in scratch memory otherwise.
 */
final class PaddedRows {
    private final int[] starts;
    private final long[] first;
    private final NativeScratch scratch;

    /** @param starts sequence borders, [S + 1] */
    PaddedRows(int[] starts, NativeScratch scratch) {
        this.starts = starts;
        this.scratch = scratch;
        first = new long[starts.length];
        for (int s = 0; s < sequences(); s++) {
            first[s + 1] = first[s] + Lengths.rounded(starts[s + 1] - starts[s]);
        }
    }

    int sequences() {
        return starts.length - 1;
    }

    /** A sequence's first row. */
    long first(int sequence) {
        return first[sequence];
    }

    /** Rows of a sequence. */
    long count(int sequence) {
        return first[sequence + 1] - first[sequence];
    }

    /** Rows of all sequences. */
    long count() {
        return first[sequences()];
    }

    private boolean areTheArrays() {
        return count() == starts[sequences()] - starts[0];
    }

    /** Address of an array's rows, to be read. */
    long of(INDArray array, String name) {
        if (areTheArrays()) {
            return Operands.row(array, starts[0]);
        }
        long rows = to(array, name);
        long bytes = bytes(array);
        for (int s = 0; s < sequences(); s++) {
            long tokens = starts[s + 1] - starts[s];
            Memory.copy(Operands.row(array, starts[s]), rows + first[s] * bytes, tokens * bytes);
            Memory.zero(rows + (first[s] + tokens) * bytes, (count(s) - tokens) * bytes);
        }
        return rows;
    }

    /** Address of rows to be written, of which {@link #giveBack} hands over to the array what belongs to it. */
    long to(INDArray array, String name) {
        return areTheArrays() ? Operands.row(array, starts[0]) : scratch.take(name, count() * bytes(array));
    }

    void giveBack(long rows, INDArray array) {
        if (!areTheArrays()) {
            long bytes = bytes(array);
            for (int s = 0; s < sequences(); s++) {
                Memory.copy(rows + first[s] * bytes, Operands.row(array, starts[s]), (starts[s + 1] - starts[s]) * bytes);
            }
        }
    }

    private static long bytes(INDArray array) {
        return array.size(1) * array.dataType().width();
    }
}
