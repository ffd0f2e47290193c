package thinkj.generate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Decodes many sequences over one KV cache. In each step every running sequence is fed the token chosen for it last, and sequences
 * that have just come in are fed a piece of their prompt; a sequence that is done leaves at once and the next one waiting takes its
 * slot.
 */
final class DecodeLoop {

    /** A sequence in its slot of the cache. */
    private record Running(int slot, Row row) {}

    private final int prefillTokens;
    private final Sampler[] samplers;
    private final GenerationListener listener;

    /**
     * @param prefillTokens most prompt tokens fed in one step
     * @param maxRows most sequences that will run at once
     */
    DecodeLoop(SamplingOptions options, int vocabulary, int prefillTokens, int maxRows, GenerationListener listener) {
        this.prefillTokens = prefillTokens;
        this.listener = listener;
        samplers = new Sampler[Math.min(maxRows, Runtime.getRuntime().availableProcessors())];
        Arrays.setAll(samplers, i -> new Sampler(vocabulary, options));
    }

    /** @param waiting enter in this order */
    void run(Decoder decoder, int slots, Iterator<Row> waiting, Consumer<Row> onFinished) {
        Deque<Integer> free = new ArrayDeque<>(IntStream.range(0, slots).boxed().toList());
        List<Running> running = new ArrayList<>();
        while (waiting.hasNext() || !running.isEmpty()) {
            while (waiting.hasNext() && !free.isEmpty()) {
                Row row = waiting.next();
                listener.started(row.position());
                running.add(new Running(free.poll(), row));
            }
            step(decoder, running);
            running.removeIf(one -> {
                if (one.row().finished()) {
                    decoder.release(one.slot());
                    free.add(one.slot());
                    onFinished.accept(one.row());
                }
                return one.row().finished();
            });
        }
    }

    private void step(Decoder decoder, List<Running> running) {
        List<Running> fed = new ArrayList<>(running.size());
        List<int[]> pieces = new ArrayList<>(running.size());
        int room = prefillTokens;
        for (Running one : running) {
            int pending = one.row().pending();
            int count = pending == 1 ? 1 : Math.min(pending, room);
            if (count > 0) {
                room -= pending == 1 ? 0 : count;
                fed.add(one);
                pieces.add(one.row().feed(count));
            }
        }
        int[] slots = fed.stream().mapToInt(Running::slot).toArray();
        try (Decoder.Logits logits = decoder.step(slots, pieces.toArray(int[][]::new))) {
            choose(logits, fed);
        }
    }

    /** Chooses a token for each sequence whose prompt is in the cache whole. */
    private void choose(Decoder.Logits logits, List<Running> fed) {
        int[] whole = IntStream.range(0, fed.size()).filter(i -> fed.get(i).row().pending() == 0).toArray();
        IntStream.range(0, samplers.length).parallel().forEach(worker -> {
            for (int i = worker; i < whole.length; i += samplers.length) {
                logits.copyRow(whole[i], samplers[worker].logits());
                fed.get(whole[i]).row().choose(samplers[worker]);
            }
        });
        for (int i : whole) {
            listener.token(fed.get(i).row().position(), fed.get(i).row().lastId());
        }
    }
}
