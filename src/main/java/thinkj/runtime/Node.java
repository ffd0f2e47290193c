package thinkj.runtime;

import java.util.List;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import thinkj.ops.GraphOp;

/** An operation of a plan, what it reads and what it writes. */
final class Node {
    private final DifferentialFunction op;
    private final List<Value> inputs;
    private final List<Value> outputs;
    private final boolean[] add;

    Node(DifferentialFunction op, List<Value> inputs, List<Value> outputs) {
        this.op = op;
        this.inputs = inputs;
        this.outputs = outputs;
        add = new boolean[outputs.size()];
    }

    DifferentialFunction op() {
        return op;
    }

    List<Value> inputs() {
        return inputs;
    }

    List<Value> outputs() {
        return outputs;
    }

    /** Which outputs are added to what their memory holds. */
    boolean[] add() {
        return add;
    }

    /** The same operation from other values to new ones. */
    Node again(List<Value> otherInputs) {
        return new Node(op, otherInputs, outputs.stream().map(v -> Value.computed(v.name(), v.type())).toList());
    }

    /** The same operation, to the same values, from others. */
    Node reading(List<Value> otherInputs) {
        return new Node(op, otherInputs, outputs);
    }

    /** Whether the node can add a value to what its memory holds. */
    boolean canAdd(Value output) {
        return op instanceof GraphOp node && node.canAdd(outputs.indexOf(output));
    }

    /**
     * Whether an output is left out.
     *
     * @param read memory that somebody reads
     */
    boolean skips(int output, Set<Value> read) {
        return op instanceof GraphOp node && node.canSkip(output) && !read.contains(outputs.get(output).memory());
    }

    void adds(Value output) {
        add[outputs.indexOf(output)] = true;
    }

    @Override
    public String toString() {
        return op.opName() + " " + inputs + " -> " + outputs;
    }
}
