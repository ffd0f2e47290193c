package thinkj.train;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
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
    private final List<TrainingSequence> data;
    private final int[] lengths;
    private final int microBatchSize;
    private final Optional<Integer> microBatchTokens;

    /** @param data what windows are of */
    SftGradient(Qwen2Model model, List<TrainingSequence> data, int microBatchSize, Optional<Integer> microBatchTokens) {
        this.lanes = new MicroBatchLanes(model, 1, SftLoss::define);
        this.data = data;
        this.lengths = SftBatch.lengths(data);
        this.microBatchSize = microBatchSize;
        this.microBatchTokens = microBatchTokens;
    }

    /**
     * Adds up the window's gradients and returns its loss.
     *
     * @param window indices of the step's sequences
     * @param step number of the optimiser step, for messages
     * @throws RunFailed at the first loss that is not finite
     */
    double accumulate(int[] window, int step, Gradients gradients) {
        long labelled = SftBatch.labelled(data, window);
        int[] lengths = Arrays.stream(window).map(i -> this.lengths[i]).toArray();
        List<int[]> portions = MicroBatches.cut(EpochOrder.straight(window.length), lengths, microBatchSize, microBatchTokens);
        return sum(lanes.learn(step, portions, gradients, (graph, own, i) -> {
            int[] which = Arrays.stream(portions.get(i)).map(position -> window[position]).toArray();
            PackedTokens batch = SftBatch.packed(data, which);
            Map<String, INDArray> inputs = SftBatch.inputs(batch, labelled);
            double share = own.collect(graph, batch, inputs, SftLoss.LOSS).get(SftLoss.LOSS).getDouble(0);
            inputs.values().forEach(INDArray::close);
            RunFailed.requireFinite(share, step, "training sequences " + Arrays.toString(which) + ", counted from 0");
            return share;
        }));
    }

    /** Cross-entropy over all labelled tokens of other examples, without gradient. */
    double evaluate(List<TrainingSequence> heldOut) {
        int[] all = EpochOrder.straight(heldOut.size());
        long labelled = SftBatch.labelled(heldOut, all);
        List<int[]> portions = MicroBatches.cut(all, SftBatch.lengths(heldOut), microBatchSize, microBatchTokens);
        return sum(lanes.ask(portions.size(), (graph, i) -> {
            PackedTokens batch = SftBatch.packed(heldOut, portions.get(i));
            Map<String, INDArray> inputs = SftBatch.inputs(batch, labelled);
            double share = graph.forward(batch, inputs, SftLoss.LOSS).get(SftLoss.LOSS).getDouble(0);
            inputs.values().forEach(INDArray::close);
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
