package thinkj.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import thinkj.data.TrainingSequence;
import thinkj.model.LossGraph;
import thinkj.model.Qwen2Model;

/** Log-probabilities that a model gives to answers, by the kernels that training uses too. */
final class TokenScorer {
    private final MicroBatchLanes lanes;
    private final int microBatchSize;
    private final Optional<Integer> microBatchTokens;

    /** @param temperature divides the logits */
    TokenScorer(Qwen2Model model, double temperature, int microBatchSize, Optional<Integer> microBatchTokens) {
        this.lanes = new MicroBatchLanes(model, temperature, null);
        this.microBatchSize = microBatchSize;
        this.microBatchTokens = microBatchTokens;
    }

    /** {@link #logProbs(List, IntFunction)} of sequences that have no names but their numbers. */
    float[][] logProbs(List<TrainingSequence> sequences) {
        return logProbs(sequences, i -> "sequence " + (i + 1));
    }

    /**
     * Log-probability of each labelled token, [sequence][labelled token].
     *
     * @param names of the sequences, by index
     * @throws NotFinite at the first that is not finite
     */
    float[][] logProbs(List<TrainingSequence> sequences, IntFunction<String> names) {
        int[] lengths = sequences.stream().mapToInt(TrainingSequence::length).toArray();
        List<int[]> portions = MicroBatches.cut(EpochOrder.straight(lengths.length), lengths, microBatchSize, microBatchTokens);
        List<List<float[]>> values = lanes.ask(
                portions.size(),
                i -> NotFinite.rows(Arrays.stream(portions.get(i)).mapToObj(names).toList()),
                (graph, i) -> logProbs(graph, Arrays.stream(portions.get(i)).mapToObj(sequences::get).toList()));
        return MicroBatches.together(portions, values).toArray(float[][]::new);
    }

    /** Where in a pass over a sequence the first numbers that are not finite come from; empty where all are finite. */
    Optional<String> fault(TrainingSequence sequence) {
        return lanes.fault(graph -> logProbs(graph, List.of(sequence)));
    }

    private static List<float[]> logProbs(LossGraph graph, List<TrainingSequence> members) {
        float[] values = graph.logProbs(Packing.of(members));
        for (float value : values) {
            NotFinite.require("a log-probability", value);
        }
        List<float[]> all = new ArrayList<>(members.size());
        int from = 0;
        for (TrainingSequence member : members) {
            all.add(Arrays.copyOfRange(values, from, from + member.labelled()));
            from += member.labelled();
        }
        return all;
    }
}
