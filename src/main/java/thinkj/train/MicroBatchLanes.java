package thinkj.train;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import thinkj.checkpoint.Qwen2Config;
import thinkj.model.LossGraph;
import thinkj.model.Qwen2Model;
import thinkj.runtime.Lanes;

/**
 * The micro-batches of a step: one after the other, or for a narrow model as many at once as there are cores ({@link Lanes}), each lane
 * with a graph and gradients of its own. Micro-batches take turns in the lanes, so that results depend on the number of cores (in the
 * order of additions) but not on who is faster.
 */
final class MicroBatchLanes implements AutoCloseable {
    private final Qwen2Model model;
    private final List<LossGraph> graphs = new ArrayList<>();
    private final List<Gradients> gradients = new ArrayList<>();

    /** What is done with a micro-batch, by its number; {@code gradients} are the lane's. */
    @FunctionalInterface
    interface Learning<R> {
        R run(LossGraph graph, Gradients gradients, int microBatch);
    }

    /** What is asked about a micro-batch, by its number. */
    @FunctionalInterface
    interface Asking<R> {
        R run(LossGraph graph, int microBatch);
    }

    /** @param objective null for scoring alone */
    MicroBatchLanes(Qwen2Model model, double temperature, LossGraph.Objective objective) {
        this.model = model;
        for (int lane = 0; lane < of(model.config(), Integer.MAX_VALUE); lane++) {
            graphs.add(new LossGraph(model, temperature, objective));
        }
    }

    /** How many of so many micro-batches are computed at the same time. */
    static int of(Qwen2Config model, int microBatches) {
        return Math.min(microBatches, Lanes.forWidth(model.hiddenSize()));
    }

    /**
     * Collects the gradients of all micro-batches and returns what each gave, in order.
     *
     * @param step number of the optimiser step
     * @param microBatches numbers, in the step, of the sequences of each
     */
    <R> List<R> learn(int step, List<int[]> microBatches, Gradients into, Learning<R> pass) {
        int lanes = Math.min(microBatches.size(), graphs.size());
        while (gradients.size() < lanes - 1) {
            gradients.add(new Gradients(model.trainable()));
        }
        List<R> results = inOrder(lanes, microBatches.size(), (lane, microBatch) -> {
            graphs.get(lane).place(step, microBatches.get(microBatch));
            return pass.run(graphs.get(lane), lane == 0 ? into : gradients.get(lane - 1), microBatch);
        });
        for (int lane = 1; lane < lanes; lane++) {
            into.take(gradients.get(lane - 1));
        }
        return results;
    }

    /** Asks about all micro-batches and returns the answers in order. */
    <R> List<R> ask(int microBatches, Asking<R> pass) {
        int lanes = Math.min(microBatches, graphs.size());
        return inOrder(lanes, microBatches, (lane, microBatch) -> pass.run(graphs.get(lane), microBatch));
    }

    @FunctionalInterface
    private interface Turn<R> {
        R take(int lane, int microBatch);
    }

    private static <R> List<R> inOrder(int lanes, int microBatches, Turn<R> turn) {
        List<List<R>> byLane = Lanes.run(lanes, lane -> {
            List<R> results = new ArrayList<>();
            for (int microBatch = lane; microBatch < microBatches; microBatch += lanes) {
                results.add(turn.take(lane, microBatch));
            }
            return results;
        });
        return IntStream.range(0, microBatches).mapToObj(i -> byLane.get(i % lanes).get(i / lanes)).toList();
    }

    @Override
    public void close() {
        gradients.forEach(Gradients::close);
    }
}
