package thinkj.generate;

/** What the decode loop needs of a model with a KV cache. */
interface Decoder extends AutoCloseable {

    /** Opens decoders: as many sequences at once, each of at most this many tokens. */
    @FunctionalInterface
    interface Factory {
        Decoder open(int slots, int capacity);
    }

    /** Raw logits of one step. */
    interface Logits extends AutoCloseable {

        /** Copies one row, [V]. Several threads may do so at once. */
        void copyRow(int row, float[] into);

        @Override
        void close();
    }

    /** Feeds pieces of sequences, each at least one token, and gives the logits after the last token of each. */
    Logits step(int[] slots, int[][] newIds);

    /** Empties a slot. */
    void release(int slot);

    @Override
    void close();
}
