package thinkj.train;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.data.Located;
import thinkj.data.TrainingSequence;
import thinkj.loss.SftLoss;
import thinkj.model.PackedTokens;
import thinkj.model.Qwen2Model;

/**
 * The gradient of one optimiser step of supervised training: cuts the step's sequences into micro-batches and adds up their gradients,
 * every learnt token with the same weight, so that the cut changes nothing.
 */
final class SftGradient implements AutoCloseable {
    private final MicroBatchLanes lanes;
    private final Located<TrainingSequence> data;
    private final int[] lengths;
    private final int microBatchSize;
    private final Optional<Integer> microBatchTokens;

    /** @param data what windows are of */
    SftGradient(Qwen2Model model, Located<TrainingSequence> data, int microBatchSize, Optional<Integer> microBatchTokens) {
        this.lanes = new MicroBatchLanes(model, 1, SftLoss::define);
        this.data = data;
        this.lengths = SftBatch.lengths(data.examples());
        this.microBatchSize = microBatchSize;
        this.microBatchTokens = microBatchTokens;
    }

    /**
     * Adds up the window's gradients and returns its loss.
     *
     * @param window indices of the step's sequences
     * @param step number of the optimiser step, for messages
     * @throws NotFinite at the first loss that is not finite
     */
    double accumulate(int[] window, int step, Gradients gradients) {
        long labelled = SftBatch.labelled(data.examples(), window);
        int[] ofWindow = Arrays.stream(window).map(i -> lengths[i]).toArray();
        List<int[]> portions = MicroBatches.cut(EpochOrder.straight(window.length), ofWindow, microBatchSize, microBatchTokens);
        List<int[]> members = portions.stream().map(portion -> Arrays.stream(portion).map(position -> window[position]).toArray()).toList();
        return sum(lanes.learn(step, portions, gradients, rows(data, members), (graph, own, i) -> {
            PackedTokens batch = SftBatch.packed(data.examples(), members.get(i));
            Map<String, INDArray> inputs = SftBatch.inputs(batch, labelled);
            double share = own.collect(graph, batch, inputs, SftLoss.LOSS).get(SftLoss.LOSS).getDouble(0);
            inputs.values().forEach(INDArray::close);
            NotFinite.require("the loss", share);
            return share;
        }));
    }

    private static IntFunction<String> rows(Located<TrainingSequence> data, List<int[]> portions) {
        return i -> NotFinite.rows(data.placesOf(portions.get(i)));
    }

    /**
     * Cross-entropy over all labelled tokens of other examples, without gradient.
     *
     * @throws NotFinite at the first loss that is not finite
     */
    double evaluate(Located<TrainingSequence> heldOut) {
        int[] all = EpochOrder.straight(heldOut.size());
        long labelled = SftBatch.labelled(heldOut.examples(), all);
        List<int[]> portions = MicroBatches.cut(all, SftBatch.lengths(heldOut.examples()), microBatchSize, microBatchTokens);
        return sum(lanes.ask(portions.size(), rows(heldOut, portions), (graph, i) -> {
            PackedTokens batch = SftBatch.packed(heldOut.examples(), portions.get(i));
            Map<String, INDArray> inputs = SftBatch.inputs(batch, labelled);
            double share = graph.forward(batch, inputs, SftLoss.LOSS).get(SftLoss.LOSS).getDouble(0);
            inputs.values().forEach(INDArray::close);
            NotFinite.require("the loss of the evaluation data", share);
            return share;
        }));
    }

    private static double sum(List<Double> shares) {
        return shares.stream().mapToDouble(Double::doubleValue).sum();
    }

    @Override
    public void close() {
        lanes.close();
    }
}
