package thinkj.runtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import thinkj.ops.GraphOp;

/**
 * A transformer's layers within a plan: layer i is what the value {@code model.layers.i} needs beyond what {@code model.layers.(i−1)}
 * needs, the first what it needs beyond {@code model.embed_tokens}. What a layer computes on its way can be dropped once the layer is
 * done, and computed again just before its backward pass (Chen et al., 2016): by the same nodes from the same values, so with the same
 * bits.
 *
 * <p>There are levels of it: on each of the first levels one more layer computes again what is cheap (Korthikanti et al., 2022), on
 * each of the others one more layer computes again all of it.
 */
final class Layers {
    private static final String EMBEDDINGS = "model.embed_tokens";
    private static final String RESULT = "model.layers.";

    private final List<Node> nodes;
    private final Map<Value, Node> producers;

    /** Of each layer the nodes on the way, which are all but the one that computes its result. */
    private final List<Set<Node>> layers = new ArrayList<>();

    private final Set<Node> results = new HashSet<>();

    Layers(List<Node> nodes) {
        this.nodes = nodes;
        producers = Trace.producers(nodes);
        Map<String, Value> byName = new HashMap<>();
        producers.keySet().forEach(value -> byName.put(value.name(), value));
        Set<Node> before = new HashSet<>();
        if (byName.containsKey(EMBEDDINGS)) {
            addAncestors(byName.get(EMBEDDINGS), before, Set.of());
        }
        for (int layer = 0; byName.containsKey(RESULT + layer); layer++) {
            Value result = byName.get(RESULT + layer);
            Set<Node> within = new HashSet<>();
            addAncestors(result, within, before);
            before.addAll(within);
            within.remove(producers.get(result));
            results.add(producers.get(result));
            layers.add(within);
        }
    }

    private void addAncestors(Value of, Set<Node> to, Set<Node> without) {
        Deque<Value> open = new ArrayDeque<>(List.of(of));
        while (!open.isEmpty()) {
            Node node = producers.get(open.pop());
            if (node != null && !without.contains(node) && to.add(node)) {
                node.inputs().forEach(open::push);
            }
        }
    }

    /** The level on which every layer is computed again. */
    static int highestLevel(List<Node> nodes) {
        return 2 * new Layers(nodes).layers.size();
    }

    /** The nodes, with those of a level computed again for the backward pass. */
    List<Node> recomputing(int level) {
        int cheap = Math.min(level, layers.size());
        Set<Node> dropped = new HashSet<>();
        layers.subList(0, level - cheap).forEach(dropped::addAll);
        layers.subList(0, cheap).forEach(layer -> layer.stream().filter(Layers::isCheap).forEach(dropped::add));
        List<Node> all = new ArrayList<>();
        Map<Value, Value> again = new HashMap<>();
        for (Node node : nodes) {
            if (dropped.contains(node) || results.contains(node)) {
                all.add(node);
            } else {
                all.add(node.reading(recomputed(node.inputs(), dropped, again, all)));
            }
        }
        return all;
    }

    private static boolean isCheap(Node node) {
        return node.op() instanceof GraphOp op && op.isCheap();
    }

    private List<Value> recomputed(List<Value> inputs, Set<Node> dropped, Map<Value, Value> again, List<Node> to) {
        return inputs.stream().map(value -> recomputed(value, dropped, again, to)).toList();
    }

    private Value recomputed(Value value, Set<Node> dropped, Map<Value, Value> again, List<Node> to) {
        Node node = producers.get(value);
        if (node == null || !dropped.contains(node)) {
            return value;
        }
        if (!again.containsKey(value)) {
            Node copy = node.again(recomputed(node.inputs(), dropped, again, to));
            to.add(copy);
            for (int i = 0; i < copy.outputs().size(); i++) {
                again.put(node.outputs().get(i), copy.outputs().get(i));
            }
        }
        return again.get(value);
    }
}
