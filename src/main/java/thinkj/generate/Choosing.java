package thinkj.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Chooses tokens for many sequences at once, on several threads. */
final class Choosing {

    /** Raw logits, [V]. */
    @FunctionalInterface
    interface Source {
        void copy(float[] into);
    }

    private final Sampler[] samplers;
    private final int vocabulary;
    private final List<Sequence> sequences = new ArrayList<>();
    private final List<Source> sources = new ArrayList<>();

    /** @param threads most that choose at once */
    Choosing(SamplingOptions options, int vocabulary, int threads) {
        this.vocabulary = vocabulary;
        samplers = new Sampler[threads];
        for (int i = 0; i < threads; i++) {
            samplers[i] = new Sampler(vocabulary, options);
        }
    }

    void clear() {
        sequences.clear();
        sources.clear();
    }

    /** A sequence whose next token is to be chosen from these logits. */
    void add(Sequence sequence, Source logits) {
        sequences.add(sequence);
        sources.add(logits);
    }

    List<Sequence> sequences() {
        return sequences;
    }

    /** A copy of what was added for a sequence. */
    float[] logits(Sequence sequence) {
        float[] copy = new float[vocabulary];
        sources.get(sequences.indexOf(sequence)).copy(copy);
        return copy;
    }

    void choose() {
        int threads = Math.min(samplers.length, sequences.size());
        if (threads <= 1) {
            work(0, 1);
        } else {
            IntStream.range(0, threads).parallel().forEach(thread -> work(thread, threads));
        }
    }

    private void work(int thread, int threads) {
        Sampler sampler = samplers[thread];
        for (int i = thread; i < sequences.size(); i += threads) {
            sources.get(i).copy(sampler.logits());
            sequences.get(i).choose(sampler);
        }
    }
}
