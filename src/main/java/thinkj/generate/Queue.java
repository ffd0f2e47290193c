package thinkj.generate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Sequences that wait, in their order, and who is to be cancelled. Any thread may add and cancel; the scheduler's takes. */
final class Queue {
    private final Deque<Sequence> fresh = new ArrayDeque<>();
    private final List<Integer> cancelled = new ArrayList<>();
    private final Deque<Sequence> waiting = new ArrayDeque<>();

    /** A new sequence, behind all others. */
    synchronized void add(Sequence sequence) {
        fresh.add(sequence);
    }

    /** Has the request with this position end where it is, if it has not ended yet. */
    synchronized void cancel(int position) {
        cancelled.add(position);
    }

    /** Positions cancelled since the last call. */
    synchronized List<Integer> takeCancelled() {
        List<Integer> taken = List.copyOf(cancelled);
        cancelled.clear();
        return taken;
    }

    /** Moves what was added into the queue, and makes it known to {@code prompts}. */
    synchronized void takeIn(Prompts prompts) {
        for (Sequence sequence = fresh.poll(); sequence != null; sequence = fresh.poll()) {
            prompts.join(sequence);
            waiting.add(sequence);
        }
    }

    /** The first in the queue; null for none. */
    Sequence peek() {
        return waiting.peek();
    }

    Sequence poll() {
        return waiting.poll();
    }

    /** Back to the head of the queue. */
    void putBack(Sequence sequence) {
        waiting.addFirst(sequence);
    }

    /** Takes out the one with this position; null where it does not wait. */
    Sequence remove(int position) {
        for (Sequence sequence : waiting) {
            if (sequence.position() == position) {
                waiting.remove(sequence);
                return sequence;
            }
        }
        return null;
    }

    /** Whether anybody waits. */
    synchronized boolean any() {
        return !fresh.isEmpty() || !waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }
}
