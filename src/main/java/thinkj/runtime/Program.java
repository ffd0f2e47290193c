package thinkj.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * What a plan runs, as far as it can be said without shapes: the nodes in order, with additions folded into the nodes that can add and
 * gradients led to the caller's arrays.
 *
 * @param nodes in the order in which they run
 * @param given what comes from outside
 * @param outputs what is asked for, by name
 * @param direct gradients that nodes write straight into the caller's arrays: the value that is written first, by variable
 * @param copied gradients that are computed first and then handed over, by variable
 */
record Program(
        List<Node> nodes, List<Value> given, Map<String, Value> outputs, Map<String, Value> direct, Map<String, Value> copied) {

    /**
     * @param outputs names of variables to compute
     * @param gradients placeholders whose gradients to compute; the graph is then one that holds them
     * @param level how much is computed again for the backward pass, see {@link Layers}
     */
    static Program of(SameDiff graph, Collection<String> outputs, Collection<String> gradients, int level) {
        Map<String, String> gradientNames = new LinkedHashMap<>();
        gradients.forEach(variable -> gradientNames.put(variable, gradientName(graph, variable)));
        List<String> wanted = new ArrayList<>(outputs);
        wanted.addAll(gradientNames.values());
        Trace trace = new Trace(graph, wanted);
        Set<Value> kept = new HashSet<>();
        wanted.forEach(name -> kept.add(trace.value(name)));
        List<Node> nodes = level == 0 ? trace.nodes() : new Layers(trace.nodes()).recomputing(level);
        nodes = Sums.fold(nodes, kept);
        Map<String, Value> outputValues = new LinkedHashMap<>();
        outputs.forEach(name -> outputValues.put(name, trace.value(name)));
        Map<String, Value> gradientValues = new LinkedHashMap<>();
        gradientNames.forEach((variable, name) -> gradientValues.put(variable, trace.value(name)));
        return new Program(nodes, given(nodes, outputValues.values()), outputValues, new LinkedHashMap<>(), new LinkedHashMap<>())
                .lead(gradientValues);
    }

    private static String gradientName(SameDiff graph, String variable) {
        SDVariable gradient = graph.getGradForVariable(variable);
        if (gradient == null) {
            throw new IllegalArgumentException("the loss does not depend on " + variable);
        }
        return gradient.name();
    }

    private static List<Value> given(List<Node> nodes, Collection<Value> outputs) {
        Set<Value> given = new LinkedHashSet<>();
        nodes.forEach(node -> given.addAll(node.inputs()));
        if (outputs.stream().anyMatch(Value::isGiven)) {
            throw new IllegalArgumentException("a placeholder is no output");
        }
        return given.stream().filter(Value::isGiven).toList();
    }

    /** Memory that nodes or the caller read. */
    Set<Value> read() {
        Set<Value> read = new HashSet<>();
        nodes.forEach(node -> node.inputs().forEach(value -> read.add(value.memory())));
        Stream.of(outputs, direct, copied).forEach(all -> all.values().forEach(value -> read.add(value.memory())));
        return read;
    }

    /** Finds where each gradient can be written: into the caller's array if its first summand can be added and nothing else needs it. */
    private Program lead(Map<String, Value> gradients) {
        Map<Value, Node> producers = Trace.producers(nodes);
        Map<Value, Integer> uses = new HashMap<>();
        nodes.forEach(node -> node.inputs().forEach(value -> uses.merge(value.memory(), 1, Integer::sum)));
        outputs.values().forEach(value -> uses.merge(value.memory(), 1, Integer::sum));
        gradients.values().forEach(value -> uses.merge(value.memory(), 1, Integer::sum));
        gradients.forEach((variable, value) -> {
            Value memory = value.memory();
            Node first = producers.get(memory);
            boolean alone = uses.get(memory) == 1 && first != null && first.canAdd(memory);
            (alone ? direct : copied).put(variable, alone ? memory : value);
        });
        return this;
    }
}
