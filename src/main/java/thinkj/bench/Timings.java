package thinkj.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the steps of a run took. */
final class Timings {
    private final NodeTimes nodes;
    private final List<Double> steps = new ArrayList<>();
    private final List<Double> overheads = new ArrayList<>();
    private final Map<String, List<Double>> between = new LinkedHashMap<>();
    private long offHeap;

    /** @param nodes listens to the steps */
    Timings(NodeTimes nodes) {
        this.nodes = nodes;
    }

    /** Takes a step and what lies behind it. */
    void time(Steps work) {
        long inNodes = nodes.all();
        long from = System.nanoTime();
        work.run();
        long took = System.nanoTime() - from;
        steps.add(took / 1e9);
        overheads.add(1 - (nodes.all() - inNodes) / (double) took);
        work.between().forEach((part, seconds) -> between.computeIfAbsent(part, p -> new ArrayList<>()).add(seconds));
    }

    void offHeap(long bytes) {
        offHeap = bytes;
    }

    /** Bytes that the run held outside the Java heap when its steps were done. */
    long offHeap() {
        return offHeap;
    }

    /** Seconds of a step. */
    double median() {
        return median(steps);
    }

    double best() {
        return steps.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    /** Median share of a step that was not spent in nodes. */
    double overhead() {
        return median(overheads);
    }

    /** Nodes of one step. */
    long nodesOfStep() {
        return nodes.count() / steps.size();
    }

    /** Seconds by kind of node, on average over the steps, most first. */
    Map<String, Double> nodes() {
        return nodes.seconds(steps.size());
    }

    /** Median seconds of what was done between steps, by part. */
    Map<String, Double> between() {
        Map<String, Double> medians = new LinkedHashMap<>();
        between.forEach((part, seconds) -> medians.put(part, median(seconds)));
        return medians;
    }

    /** The middle one, or the mean of the two in the middle. */
    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
