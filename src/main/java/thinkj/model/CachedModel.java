package thinkj.model;

import org.nd4j.linalg.api.ndarray.INDArray;

/** The model with a KV cache: sequences live in slots and are fed piece by piece. */
public final class CachedModel implements AutoCloseable {

    /**
     * @param slots how many sequences can be in flight
     * @param capacity longest sequence in tokens
     */
    public CachedModel(Qwen2Model model, int slots, int capacity) {}

    /**
     * Feeds new tokens (a whole prompt, or the one token sampled last) to some slots, all in one pass.
     *
     * @param slots which slots, each at most once
     * @param newIds new token ids of each, at least one
     * @return raw logits after the last token of each, [slots.length, V]; the caller closes it
     */
    public INDArray step(int[] slots, int[][] newIds) {
        throw new UnsupportedOperationException();
    }

    /** Tokens that a slot holds. */
    public int length(int slot) {
        throw new UnsupportedOperationException();
    }

    /** Empties a slot for another sequence. */
    public void release(int slot) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
