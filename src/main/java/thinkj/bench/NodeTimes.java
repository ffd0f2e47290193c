package thinkj.bench;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import thinkj.runtime.NodeListener;

/** Adds up how long nodes take, by kind. */
final class NodeTimes implements NodeListener {
    private static final String OURS = "thinkj_";

    private final Map<String, long[]> nanos = new HashMap<>();
    private long all;
    private long nodes;

    @Override
    public void ran(String kind, long took) {
        nanos.computeIfAbsent(kind, k -> new long[1])[0] += took;
        all += took;
        nodes++;
    }

    void clear() {
        nanos.clear();
        all = 0;
        nodes = 0;
    }

    /** Nanoseconds in all nodes since the last clearing. */
    long all() {
        return all;
    }

    /** How many nodes ran since the last clearing. */
    long count() {
        return nodes;
    }

    /** Seconds by kind, most first, divided by the number of steps. */
    Map<String, Double> seconds(int steps) {
        Map<String, Double> sorted = new LinkedHashMap<>();
        nanos.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> -entry.getValue()[0]))
                .forEach(entry -> sorted.put(shown(entry.getKey()), entry.getValue()[0] / 1e9 / steps));
        return sorted;
    }

    private static String shown(String kind) {
        return kind.startsWith(OURS) ? kind.substring(OURS.length()) : kind;
    }
}
