package thinkj.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import thinkj.checkpoint.Qwen2Config;
import thinkj.model.LossGraph;
import thinkj.model.Qwen2Model;
import thinkj.runtime.FaultSearch;
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
     * @param rows names of a micro-batch's rows, by its number
     * @throws NotFinite what a pass throws, with its rows and where in the graph it comes from
     */
    <R> List<R> learn(int step, List<int[]> microBatches, Gradients into, IntFunction<String> rows, Learning<R> pass) {
        int lanes = Math.min(microBatches.size(), graphs.size());
        while (gradients.size() < lanes - 1) {
            gradients.add(new Gradients(model.trainable()));
        }
        List<R> results = inOrder(lanes, microBatches.size(), (lane, microBatch) -> {
            Gradients own = lane == 0 ? into : gradients.get(lane - 1);
            graphs.get(lane).place(step, microBatches.get(microBatch));
            return traced(graphs.get(lane), () -> rows.apply(microBatch), () -> pass.run(graphs.get(lane), own, microBatch));
        });
        for (int lane = 1; lane < lanes; lane++) {
            into.take(gradients.get(lane - 1));
        }
        into.collectedFrom(what -> blame(what, step, microBatches, into, rows, pass));
        return results;
    }

    /** Finds the micro-batch that brought numbers which are not finite into a sum of gradients, which is of no use afterwards. */
    private <R> NotFinite blame(
            NotFinite what, int step, List<int[]> microBatches, Gradients into, IntFunction<String> rows, Learning<R> pass) {
        int count = microBatches.size();
        for (int microBatch = 0; microBatch < count; microBatch++) {
            int number = microBatch;
            graphs.get(0).place(step, microBatches.get(number));
            into.clear();
            Optional<String> found = search(graphs.get(0), () -> pass.run(graphs.get(0), into, number));
            if (found.isPresent()) {
                return what.in(rows.apply(number), NotFinite.origin(found));
            }
        }
        if (count == 1) {
            return what.in(rows.apply(0), NotFinite.origin(Optional.empty()));
        }
        String all = IntStream.range(0, count).mapToObj(rows).collect(Collectors.joining("; "));
        return what.in(all, "each of these " + count + " micro-batches alone is finite, their sum is not");
    }

    /**
     * Asks about all micro-batches and returns the answers in order.
     *
     * @param rows names of a micro-batch's rows, by its number
     * @throws NotFinite what a pass throws, with its rows and where in the graph it comes from
     */
    <R> List<R> ask(int microBatches, IntFunction<String> rows, Asking<R> pass) {
        int lanes = Math.min(microBatches, graphs.size());
        return inOrder(lanes, microBatches, (lane, microBatch) ->
                traced(graphs.get(lane), () -> rows.apply(microBatch), () -> pass.run(graphs.get(lane), microBatch)));
    }

    /** Where something that is not finite comes out, the same is computed once more to find where it begins; else at no cost. */
    private static <R> R traced(LossGraph graph, Supplier<String> rows, Supplier<R> pass) {
        try {
            return pass.get();
        } catch (NotFinite e) {
            throw e.in(rows.get(), NotFinite.origin(search(graph, pass)));
        }
    }

    /** Where in something that is asked the first numbers that are not finite come from; empty where all are finite. */
    Optional<String> fault(Function<LossGraph, ?> pass) {
        return search(graphs.get(0), () -> pass.apply(graphs.get(0)));
    }

    /** Where in a pass the first numbers that are not finite come from. */
    private static Optional<String> search(LossGraph graph, Supplier<?> pass) {
        FaultSearch search = new FaultSearch();
        graph.search(search, () -> {
            try {
                pass.get();
            } catch (NotFinite expected) {
                // What it comes from is what is asked for.
            }
        });
        return search.found();
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
