package thinkj.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.data.PairSequences;
import thinkj.data.TrainingSequence;
import thinkj.loss.DpoLoss;
import thinkj.model.LossGraph;
import thinkj.model.PackedTokens;
import thinkj.model.Qwen2Model;

/**
 * The gradient of one optimiser step of preference training: cuts the step's pairs into micro-batches and adds up their gradients,
 * every pair with the same weight, so that the cut changes nothing.
 */
final class PreferenceGradient implements AutoCloseable {
    private final MicroBatchLanes lanes;
    private final int microBatchSize;
    private final Optional<Integer> microBatchTokens;

    /**
     * A pair, where it stands, and what the reference makes of it.
     *
     * @param place in its file
     * @param referenceChosen sum of the log-probabilities of the chosen answer's tokens
     * @param referenceRejected the same of the rejected one
     */
    record Pair(PairSequences sequences, String place, float referenceChosen, float referenceRejected) {
        int length() {
            return sequences.chosen().length() + sequences.rejected().length();
        }
    }

    /**
     * What the loss reports of a pair.
     *
     * @param preferenceLoss −log σ of the margin, smoothed
     * @param imitationLoss mean of −log p over the chosen answer
     * @param chosenLogProb sum over the chosen answer's tokens
     * @param rejectedLogProb sum over the rejected answer's tokens
     * @param chosenReward β times what the policy gained over the reference
     * @param rejectedReward the same of the rejected answer
     */
    record Numbers(
            double preferenceLoss,
            double imitationLoss,
            double chosenLogProb,
            double rejectedLogProb,
            double chosenReward,
            double rejectedReward) {}

    /** @param microBatchSize most pairs computed at once */
    PreferenceGradient(Qwen2Model model, DpoLoss loss, int microBatchSize, Optional<Integer> microBatchTokens) {
        this.lanes = new MicroBatchLanes(model, 1, loss::define);
        this.microBatchSize = microBatchSize;
        this.microBatchTokens = microBatchTokens;
    }

    /**
     * Adds the gradient of the mean of these pairs' losses.
     *
     * @param step number of the optimiser step, for messages
     * @return numbers of each pair, in order
     * @throws NotFinite at the first loss that is not finite
     */
    List<Numbers> accumulate(List<Pair> pairs, int step, Gradients gradients) {
        int[] lengths = pairs.stream().mapToInt(Pair::length).toArray();
        List<int[]> portions = MicroBatches.cut(EpochOrder.straight(lengths.length), lengths, microBatchSize, microBatchTokens);
        List<int[]> sequences = portions.stream().map(PreferenceGradient::sequences).toList();
        List<List<Numbers>> numbers = lanes.learn(step, sequences, gradients,
                i -> NotFinite.rows(Arrays.stream(portions.get(i)).mapToObj(pair -> pairs.get(pair).place()).toList()),
                (graph, own, i) -> accumulate(graph, own, pairs, portions.get(i)));
        return MicroBatches.together(portions, numbers);
    }

    /** Numbers of the sequences of some pairs, as {@link #pack} orders them. */
    private static int[] sequences(int[] pairs) {
        return Arrays.stream(pairs).flatMap(pair -> IntStream.of(2 * pair, 2 * pair + 1)).toArray();
    }

    private static List<Numbers> accumulate(LossGraph graph, Gradients gradients, List<Pair> pairs, int[] portion) {
        List<Pair> members = Arrays.stream(portion).mapToObj(pairs::get).toList();
        Map<String, INDArray> inputs = inputs(members, 1f / pairs.size());
        try {
            Map<String, INDArray> values = gradients.collect(graph, pack(members), inputs,
                    DpoLoss.LOSS, DpoLoss.PREFERENCE_LOSS, DpoLoss.IMITATION_LOSS, DpoLoss.CHOSEN_LOG_PROBS,
                    DpoLoss.REJECTED_LOG_PROBS, DpoLoss.CHOSEN_REWARDS, DpoLoss.REJECTED_REWARDS);
            NotFinite.require("the loss", values.get(DpoLoss.LOSS).getDouble(0));
            return IntStream.range(0, portion.length).mapToObj(p -> numbers(values, p)).toList();
        } finally {
            inputs.values().forEach(INDArray::close);
        }
    }

    private static Numbers numbers(Map<String, INDArray> values, int pair) {
        return new Numbers(
                values.get(DpoLoss.PREFERENCE_LOSS).getDouble(pair),
                values.get(DpoLoss.IMITATION_LOSS).getDouble(pair),
                values.get(DpoLoss.CHOSEN_LOG_PROBS).getDouble(pair),
                values.get(DpoLoss.REJECTED_LOG_PROBS).getDouble(pair),
                values.get(DpoLoss.CHOSEN_REWARDS).getDouble(pair),
                values.get(DpoLoss.REJECTED_REWARDS).getDouble(pair));
    }

    private static PackedTokens pack(List<Pair> members) {
        List<TrainingSequence> sequences = new ArrayList<>();
        for (Pair member : members) {
            sequences.add(member.sequences().chosen());
            sequences.add(member.sequences().rejected());
        }
        return Packing.of(sequences);
    }

    private static Map<String, INDArray> inputs(List<Pair> members, float weight) {
        int pairs = members.size();
        int[] chosen = new int[pairs];
        int[] rejected = new int[pairs];
        float[] referenceChosen = new float[pairs];
        float[] referenceRejected = new float[pairs];
        float[] weights = new float[pairs];
        for (int p = 0; p < pairs; p++) {
            Pair member = members.get(p);
            chosen[p] = member.sequences().chosen().labelled();
            rejected[p] = member.sequences().rejected().labelled();
            referenceChosen[p] = member.referenceChosen();
            referenceRejected[p] = member.referenceRejected();
            weights[p] = weight;
        }
        return DpoLoss.inputs(chosen, rejected, referenceChosen, referenceRejected, weights);
    }

    @Override
    public void close() {
        lanes.close();
    }
}
