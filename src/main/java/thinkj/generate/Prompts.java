package thinkj.generate;

import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Which sequences have equal prompts, and which prompts are kept for those that have not begun. */
final class Prompts {
    private final BlockPool pool;
    private final int mostKept;
    private final Map<IntBuffer, PromptGroup> groups = new HashMap<>();

    /** Those that something is kept of, the oldest first. */
    private final Set<PromptGroup> kept = new LinkedHashSet<>();

    /** @param mostKept most prompts kept at once: each holds logits, [V] */
    Prompts(BlockPool pool, int mostKept) {
        this.pool = pool;
        this.mostKept = mostKept;
    }

    /** A sequence that has not begun joins its group. */
    void join(Sequence sequence) {
        PromptGroup group = groups.computeIfAbsent(sequence.prompt(), prompt -> new PromptGroup());
        group.join();
        sequence.join(group);
    }

    /** A sequence has begun, or never will; its group keeps its prompt no longer than others wait for it. */
    void leave(Sequence sequence) {
        PromptGroup group = sequence.group();
        group.leave();
        if (group.leader() == sequence) {
            group.lead(null);
        }
        if (group.open() == 0) {
            groups.remove(sequence.prompt());
            drop(group);
        }
    }

    /** Keeps the prompt that a sequence has just read, where others wait for it. */
    void keep(Sequence sequence, float[] logits) {
        PromptGroup group = sequence.group();
        int[] blocks = sequence.blocks();
        for (int block : blocks) {
            pool.share(block);
        }
        group.keep(new PromptGroup.Kept(blocks, sequence.chained(), sequence.chain(), logits));
        kept.add(group);
        if (kept.size() > mostKept) {
            dropOldest();
        }
    }

    /** Gives back the blocks of the prompt kept the longest; false where none is kept. */
    boolean dropOldest() {
        if (kept.isEmpty()) {
            return false;
        }
        drop(kept.iterator().next());
        return true;
    }

    /** Keeps nothing any more. */
    void dropAll() {
        while (dropOldest()) {
            // the next one
        }
    }

    private void drop(PromptGroup group) {
        if (kept.remove(group)) {
            for (int i = group.kept().blocks().length - 1; i >= 0; i--) {
                pool.release(group.kept().blocks()[i]);
            }
            group.keep(null);
        }
    }
}
