package thinkj.generate;

/**
 * Requests with equal prompts. The first one under way leads: it reads the prompt, whose blocks and last logits are then kept for as long
 * as others of the group have not begun, unless memory runs short.
 */
final class PromptGroup {
    private int open;
    private Sequence leader;
    private Kept kept;

    /**
     * A prompt that was read.
     *
     * @param blocks where its keys and values are
     * @param chained leading blocks that are findable
     * @param chain what stands before the next of them
     * @param logits behind its last token, [V]
     */
    record Kept(int[] blocks, int chained, long chain, float[] logits) {}

    /** One more that has not begun. */
    void join() {
        open++;
    }

    /** One less that has not begun: it has, or it never will. */
    void leave() {
        open--;
    }

    /** How many have not begun. */
    int open() {
        return open;
    }

    /** Who reads the prompt; null for nobody. */
    Sequence leader() {
        return leader;
    }

    void lead(Sequence sequence) {
        leader = sequence;
    }

    /** Null where nothing is. */
    Kept kept() {
        return kept;
    }

    void keep(Kept what) {
        kept = what;
    }
}
