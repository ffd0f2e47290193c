package thinkj.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import thinkj.model.LossGraph;
import thinkj.model.PackedTokens;
import thinkj.model.PagedModel;
import thinkj.model.Qwen2Model;
import thinkj.runtime.NodeListener;
import thinkj.runtime.Rematerialisation;

/** A task over a model, on one batch of random tokens, again and again. */
interface Steps extends AutoCloseable {

    /** Takes the step that is timed. */
    void run();

    /** Does what belongs between two steps, and gives the seconds that its parts took. */
    default Map<String, Double> between() {
        return Map.of();
    }

    @Override
    default void close() {}

    /** @param rematerialisation for training alone */
    static Steps of(Task task, Qwen2Model model, int tokens, int batch, Rematerialisation rematerialisation, NodeListener listener) {
        int vocabulary = model.config().vocabSize();
        return switch (task) {
            case TRAIN -> new TrainSteps(model, packed(tokens, batch, vocabulary), rematerialisation, listener);
            case SCORE -> score(model, packed(tokens, batch, vocabulary), listener);
            case PREFILL -> new PrefillSteps(model, sequences(tokens, batch, vocabulary), listener);
        };
    }

    private static Steps score(Qwen2Model model, PackedTokens batch, NodeListener listener) {
        LossGraph graph = new LossGraph(model, 1, null);
        graph.listen(listener);
        return () -> graph.logProbs(batch);
    }

    private static PackedTokens packed(int tokens, int batch, int vocabulary) {
        PackedTokens.Builder packed = new PackedTokens.Builder();
        for (int[] sequence : sequences(tokens, batch, vocabulary)) {
            packed.add(sequence, 1);
        }
        return packed.build();
    }

    private static int[][] sequences(int tokens, int batch, int vocabulary) {
        SplittableRandom random = new SplittableRandom(1);
        return IntStream.range(0, batch).mapToObj(i -> random.ints(tokens, 0, vocabulary).toArray()).toArray(int[][]::new);
    }

    /** Whole prompts into an empty cache. */
    final class PrefillSteps implements Steps {
        private final PagedModel model;
        private final List<PagedModel.Piece> prompts = new ArrayList<>();

        PrefillSteps(Qwen2Model model, int[][] prompts, NodeListener listener) {
            int blocks = (prompts[0].length + PagedModel.BLOCK - 1) / PagedModel.BLOCK;
            this.model = new PagedModel(model, prompts.length * blocks);
            this.model.listen(listener);
            for (int i = 0; i < prompts.length; i++) {
                this.prompts.add(new PagedModel.Piece(prompts[i], 0, IntStream.range(i * blocks, (i + 1) * blocks).toArray(), true));
            }
        }

        @Override
        public void run() {
            model.step(prompts);
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
