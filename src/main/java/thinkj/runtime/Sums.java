package thinkj.runtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.AddOp;

/**
 * Takes additions out of a plan: where the later of two summands comes from a node that can add, that node adds it to the earlier
 * one's memory. Gradients that flow together, of a parameter as of the residual stream, are summed so, in the order of the graph, so
 * that the sums are the same to the bit.
 */
final class Sums {
    private final List<Node> nodes;
    private final Set<Value> kept;
    private final Map<Value, Integer> computedAt = new HashMap<>();
    /** By the value that owns the memory: the nodes that read from it. */
    private final Map<Value, List<Integer>> readAt = new HashMap<>();

    private Sums(List<Node> nodes, Set<Value> kept) {
        this.nodes = nodes;
        this.kept = kept;
        for (int at = 0; at < nodes.size(); at++) {
            for (Value output : nodes.get(at).outputs()) {
                computedAt.put(output, at);
            }
            for (Value input : nodes.get(at).inputs()) {
                readAt.computeIfAbsent(input, v -> new ArrayList<>()).add(at);
            }
        }
    }

    /**
     * @param kept values that are asked for, and so must stay as they are once computed
     * @return the nodes without the additions that others have taken over
     */
    static List<Node> fold(List<Node> nodes, Set<Value> kept) {
        Sums sums = new Sums(nodes, kept);
        Set<Node> folded = new HashSet<>();
        for (int at = 0; at < nodes.size(); at++) {
            if (nodes.get(at).op() instanceof AddOp && sums.fold(at)) {
                folded.add(nodes.get(at));
            }
        }
        return nodes.stream().filter(node -> !folded.contains(node)).toList();
    }

    private boolean fold(int at) {
        Node addition = nodes.get(at);
        Value a = addition.inputs().get(0);
        Value b = addition.inputs().get(1);
        if (!computedAt.containsKey(a) || !computedAt.containsKey(b)) {
            return false;
        }
        boolean inOrder = computedAt.get(a) < computedAt.get(b);
        Value first = (inOrder ? a : b).memory();
        Value last = inOrder ? b : a;
        int lastAt = computedAt.get(last);
        if (!isSummandAlone(last, lastAt, at) || !isFreeFrom(first, lastAt, at)) {
            return false;
        }
        Value sum = addition.outputs().get(0);
        nodes.get(lastAt).adds(last);
        last.liveIn(first);
        sum.liveIn(first);
        if (kept.contains(sum)) {
            kept.add(first);
        }
        computedAt.put(sum, lastAt);
        List<Integer> readers = readAt.get(first);
        readers.removeIf(reader -> reader == at);
        readers.addAll(readAt.getOrDefault(sum, List.of()));
        return true;
    }

    /** Nothing but the addition needs the value, and its node can add. */
    private boolean isSummandAlone(Value value, int computedAt, int addition) {
        return value.memory() == value
                && !kept.contains(value)
                && readAt.get(value).equals(List.of(addition))
                && nodes.get(computedAt).canAdd(value);
    }

    /** Nothing but the addition needs what the memory holds from a node on. */
    private boolean isFreeFrom(Value memory, int from, int addition) {
        return !kept.contains(memory) && computedAt.get(memory) < from
                && readAt.get(memory).stream().allMatch(reader -> reader < from || reader == addition);
    }
}
