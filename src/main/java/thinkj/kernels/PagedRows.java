package thinkj.kernels;

/**
 * Where the new tokens of a packed batch, and those before them, lie in a paged cache.
 *
 * @param starts where each sequence's new tokens start in the batch, and where the last one's end, [S + 1]; rows behind them belong to no
 *     sequence
 * @param past tokens that the cache holds already, [S]
 * @param blocks the blocks of all sequences, one sequence's after the other's, as many as its past and new tokens take; sequences without
 *     new tokens have none, and what lies behind the last one's is not looked at
 * @param size tokens of a block
 */
public record PagedRows(int[] starts, int[] past, int[] blocks, int size) {

    public int sequences() {
        return past.length;
    }

    /** New tokens. */
    public int tokens(int sequence) {
        return starts[sequence + 1] - starts[sequence];
    }

    /** Past and new tokens. */
    public int length(int sequence) {
        return past[sequence] + tokens(sequence);
    }

    /** Where each sequence's blocks start in the list, [S]. */
    public int[] firstBlocks() {
        int[] first = new int[past.length];
        for (int s = 1; s < first.length; s++) {
            first[s] = first[s - 1] + (tokens(s - 1) == 0 ? 0 : blocksOf(length(s - 1)));
        }
        return first;
    }

    /** How many blocks so many tokens take. */
    public int blocksOf(int tokens) {
        return (tokens + size - 1) / size;
    }

    /** Does something with a stretch of tokens that lies in one block. */
    @FunctionalInterface
    public interface Stretch {
        /**
         * @param row number of the stretch's first token, counted from the first one asked for
         * @param place of it in the cache, whose blocks are taken as one long matrix
         * @param count tokens
         */
        void take(int row, long place, int count);
    }

    /**
     * Goes through some tokens of a sequence, block by block.
     *
     * @param firstBlock where the sequence's blocks start in the list
     */
    public void through(int firstBlock, int from, int to, Stretch stretch) {
        for (int at = from; at < to; ) {
            int count = Math.min(size - at % size, to - at);
            stretch.take(at - from, (long) blocks[firstBlock + at / size] * size + at % size, count);
            at += count;
        }
    }
}
