package thinkj.runtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ops.impl.transforms.same.Identity;

/** Reads a SameDiff graph: the operations that some of its variables need, in the order in which they were defined. */
final class Trace {
    private final SameDiff graph;
    private final Map<String, Value> values = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    /** @param wanted names of variables */
    Trace(SameDiff graph, Collection<String> wanted) {
        this.graph = graph;
        Set<String> needed = needed(wanted);
        // SameDiff adds an operation behind the ones it reads from, so that the order of definition is one to run in.
        for (SameDiffOp op : graph.getOps().values()) {
            if (needed.contains(op.getName())) {
                add(op);
            }
        }
        wanted.forEach(this::value);
    }

    List<Node> nodes() {
        return nodes;
    }

    /** The value of a variable that is wanted, or that something wanted needs. */
    Value value(String name) {
        Value known = values.get(name);
        if (known != null) {
            return known;
        }
        SDVariable variable = variable(name);
        Value value = switch (variable.getVariableType()) {
            case PLACEHOLDER -> Value.given(name, variable.dataType());
            case CONSTANT, VARIABLE -> Value.constant(name, variable.getArr());
            case ARRAY, SEQUENCE -> throw new IllegalStateException(name + " is read before it is computed");
        };
        values.put(name, value);
        return value;
    }

    /** The names of the operations that the wanted variables depend on. */
    private Set<String> needed(Collection<String> wanted) {
        Set<String> needed = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(wanted);
        while (!open.isEmpty()) {
            String producer = producer(open.pop());
            if (producer != null && needed.add(producer)) {
                inputs(graph.getOps().get(producer)).forEach(open::push);
            }
        }
        return needed;
    }

    private SDVariable variable(String name) {
        SDVariable variable = graph.getVariable(name);
        if (variable == null) {
            throw new IllegalArgumentException("the graph has no variable " + name);
        }
        return variable;
    }

    private String producer(String name) {
        return variable(name).getVariableType() == VariableType.ARRAY ? graph.getVariables().get(name).getOutputOfOp() : null;
    }

    private static List<String> inputs(SameDiffOp op) {
        return op.getInputsToOp() == null ? List.of() : op.getInputsToOp();
    }

    private void add(SameDiffOp operation) {
        DifferentialFunction op = operation.getOp();
        List<Value> inputs = inputs(operation).stream().map(this::value).toList();
        if (op instanceof Identity) {
            values.put(operation.getOutputsOfOp().get(0), inputs.get(0));
            return;
        }
        List<Value> outputs = new ArrayList<>();
        for (String name : operation.getOutputsOfOp()) {
            Value value = Value.computed(name, variable(name).dataType());
            values.put(name, value);
            outputs.add(value);
        }
        nodes.add(new Node(StockOps.inPlaceOf(op), inputs, outputs));
    }

    /** What each value is computed by; others have no entry. */
    static Map<Value, Node> producers(Collection<Node> nodes) {
        Map<Value, Node> producers = new HashMap<>();
        nodes.forEach(node -> node.outputs().forEach(value -> producers.put(value, node)));
        return producers;
    }
}
