package thinkj.generate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import thinkj.model.PagedModel;

/**
 * Decodes many sequences over one KV cache, step by step. In each step every sequence under way is fed the token chosen for it last, and
 * those that still read their prompts the next piece of it, within a bounded number of tokens; one that is done leaves at once and the
 * next in the queue takes its place. What the cache holds already is not computed again: leading blocks of other prompts, and whole
 * prompts of the same {@link PromptGroup}. What another sequence is just computing is waited for.
 *
 * <p>Where blocks run short, the youngest sequence gives its own away and goes back to the queue, to be computed again later; the oldest
 * always goes on. Nothing that was chosen is chosen again.
 */
final class Scheduler {

    /**
     * How much is done at once.
     *
     * @param rows most sequences under way
     * @param prefill most prompt tokens fed in a step
     * @param besideDecoding the same where others wait for their next token
     */
    record Pace(int rows, int prefill, int besideDecoding) {}

    /** Who hears what becomes of sequences. */
    interface Hearer {
        void started(Sequence sequence);

        void token(Sequence sequence);

        void finished(Sequence sequence);

        /** A step is done. */
        void stepped();
    }

    /** Each is an array of V in Java's heap. */
    private static final int KEPT_PROMPTS = 64;

    private final Decoder decoder;
    private final BlockPool pool;
    private final PagedCache cache;
    private final Prompts prompts;
    private final Queue queue;
    private final Pace pace;
    private final Choosing choosing;
    private final Counts counts;
    private final Hearer hearer;

    /** The oldest first. */
    private final List<Sequence> running = new ArrayList<>();

    /** What is fed in this step: sequences, and a piece of each. */
    private final List<Sequence> fed = new ArrayList<>();
    private final List<PagedModel.Piece> pieces = new ArrayList<>();

    /** The first block that each piece of this step completes. */
    private final Set<Object> underWay = new HashSet<>();

    Scheduler(Decoder decoder, BlockPool pool, Queue queue, Pace pace, Choosing choosing, Counts counts, Hearer hearer) {
        this.decoder = decoder;
        this.pool = pool;
        this.queue = queue;
        this.pace = pace;
        this.choosing = choosing;
        this.counts = counts;
        this.hearer = hearer;
        cache = new PagedCache(pool, decoder);
        prompts = new Prompts(pool, KEPT_PROMPTS);
    }

    /** Goes on until nobody is under way, and nobody waits or the first in the queue needs a larger cache. */
    void run() {
        while (step()) {
            counts.now(running.size(), queue.size(), pool);
            hearer.stepped();
        }
        counts.now(0, 0, pool);
    }

    /** Prompts kept for those who wait are given back; they will be read again. */
    void forget() {
        prompts.dropAll();
    }

    private boolean step() {
        queue.takeIn(prompts);
        queue.takeCancelled().forEach(this::cancel);
        admit();
        if (running.isEmpty()) {
            return false;
        }
        beginWhereRead();
        plan();
        if (!pieces.isEmpty()) {
            feed(decoder.step(pieces));
        }
        letGo();
        return true;
    }

    // ---- Coming and going ----

    /** Takes up whoever there is room for; a cache that is too full for another sequence is left to those under way. */
    private void admit() {
        int spoken = running.stream().mapToInt(cache::wanted).sum();
        for (Sequence next = queue.peek(); next != null && running.size() < pace.rows(); next = queue.peek()) {
            spoken += cache.wanted(next);
            boolean full = !running.isEmpty() && spoken > pool.available();
            if (full || pool.blocksFor(next.mostFed()) > pool.size()) {
                return;
            }
            running.add(queue.poll());
            if (next.start()) {
                hearer.started(next);
            }
        }
    }

    private void letGo() {
        running.removeIf(sequence -> {
            if (sequence.finished()) {
                cache.release(sequence);
                hearer.finished(sequence);
            }
            return sequence.finished();
        });
    }

    private void cancel(int position) {
        Sequence waiting = queue.remove(position);
        Sequence found = waiting != null ? waiting : running.stream().filter(one -> one.position() == position).findFirst().orElse(null);
        if (found == null) {
            return;
        }
        if (!found.begun()) {
            prompts.leave(found);
        }
        found.cancel();
        running.remove(found);
        cache.release(found);
        hearer.finished(found);
    }

    /** Sends the youngest back to the queue, without its blocks. */
    private Sequence preempt() {
        Sequence youngest = running.remove(running.size() - 1);
        if (youngest.blockCount() > 0) {
            counts.preempted();
        }
        cache.release(youngest);
        if (youngest.group().leader() == youngest) {
            youngest.group().lead(null);
        }
        queue.putBack(youngest);
        return youngest;
    }

    // ---- What is fed ----

    private void plan() {
        fed.clear();
        pieces.clear();
        underWay.clear();
        boolean decoding = running.stream().anyMatch(sequence -> sequence.begun() && sequence.pending() == 1);
        int room = decoding ? pace.besideDecoding() : pace.prefill();
        // The list becomes shorter, at its end, where blocks run short.
        for (int i = 0; i < running.size(); i++) {
            Sequence sequence = running.get(i);
            if (sequence.finished()) {
                continue;
            }
            int count = next(sequence, room);
            if (count > 0 && provide(sequence, count)) {
                room -= sequence.pending() == 1 && sequence.begun() ? 0 : count;
                Object key = cache.completedKey(sequence, count);
                if (key != null) {
                    underWay.add(key);
                }
                fed.add(sequence);
                pieces.add(sequence.piece(count));
            }
        }
    }

    /** How many tokens of a sequence are fed in this step. */
    private int next(Sequence sequence, int room) {
        if (sequence.pending() == 1 && sequence.begun()) {
            return 1;
        }
        if (!sequence.begun()) {
            if (sequence.waitsForItsPrompt()) {
                return 0;
            }
            sequence.group().lead(sequence);
        }
        counts.shared(cache.match(sequence));
        Object key = cache.nextKey(sequence);
        return key != null && underWay.contains(key) ? 0 : whole(sequence, Math.min(room, sequence.pending()));
    }

    /** A piece that does not end its sequence ends at a block's end, for others to share what it has computed. */
    private int whole(Sequence sequence, int count) {
        int beyond = (sequence.fed() + count) % pool.blockTokens();
        if (count == sequence.pending() || pace.besideDecoding() < pool.blockTokens()) {
            return count;
        }
        return Math.max(0, count - beyond);
    }

    /** Finds blocks for the next tokens, if need be others'; false if it was the sequence itself that had to give its own away. */
    private boolean provide(Sequence sequence, int count) {
        while (!cache.extend(sequence, count)) {
            if (!prompts.dropOldest() && preempt() == sequence) {
                if (running.isEmpty()) {
                    throw new IllegalStateException("a cache of " + pool.size() + " blocks is too small for sequence " + sequence.position());
                }
                return false;
            }
        }
        return true;
    }

    // ---- What comes out ----

    private void feed(Decoder.Logits logits) {
        choosing.clear();
        for (int i = 0, row = 0; i < fed.size(); i++) {
            Sequence sequence = fed.get(i);
            int count = pieces.get(i).ids().length;
            int prompt = sequence.promptLength();
            int before = Math.max(sequence.fed(), sequence.furthest());
            int fresh = sequence.advance(count);
            counts.computed(Math.max(0, Math.min(prompt, sequence.fed()) - Math.min(prompt, before)), fresh, count);
            cache.publish(sequence);
            if (sequence.pending() == 0) {
                int of = row++;
                choosing.add(sequence, into -> logits.copyRow(of, into));
            }
        }
        choose();
    }

    /** Sequences whose prompt another one has read. */
    private void beginWhereRead() {
        choosing.clear();
        for (Sequence sequence : running) {
            PromptGroup.Kept kept = sequence.group().kept();
            if (kept != null && !sequence.begun()) {
                counts.shared(cache.begin(sequence));
                choosing.add(sequence, into -> System.arraycopy(kept.logits(), 0, into, 0, into.length));
            }
        }
        choose();
        letGo();
    }

    private void choose() {
        List<Sequence> beginning = choosing.sequences().stream().filter(sequence -> !sequence.begun()).toList();
        for (Sequence sequence : beginning) {
            if (sequence.group().open() > 1 && sequence.group().kept() == null) {
                prompts.keep(sequence, choosing.logits(sequence));
            }
        }
        choosing.choose();
        counts.generated(choosing.sequences().size());
        beginning.forEach(prompts::leave);
        choosing.sequences().forEach(hearer::token);
    }
}
