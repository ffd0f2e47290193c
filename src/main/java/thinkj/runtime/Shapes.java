package thinkj.runtime;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.shape.Shape;
import org.nd4j.linalg.api.ops.impl.shape.ZerosLike;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.ops.GraphOp;

/**
 * Shapes of all values of a program, by the shapes of what is given.
 *
 * <p>Operations of SameDiff's own tell their shapes from arrays: they are shown arrays of the right shape and no particular content.
 * Those whose results follow from shapes alone are answered here for good: shapes, which others take for arguments, and zeros, which
 * stand for the gradients of what a loss does not use and need not have it computed.
 */
final class Shapes {
    private final Map<Value, long[]> shapes = new HashMap<>();
    private final Map<Value, INDArray> answers = new HashMap<>();
    private final Map<Value, INDArray> standIns = new HashMap<>();

    /** @param given shapes of the given values */
    static Shapes of(Program program, Map<Value, long[]> given) {
        Shapes shapes = new Shapes();
        shapes.shapes.putAll(given);
        try {
            program.nodes().forEach(shapes::infer);
        } finally {
            shapes.standIns.values().forEach(INDArray::close);
        }
        program.nodes().forEach(shapes::checkSums);
        return shapes;
    }

    long[] of(Value value) {
        // A sum that was folded into its first summand has that one's shape.
        return value.constant() != null ? value.constant().shape() : shapes.getOrDefault(value, shapes.get(value.memory()));
    }

    /** What a value is known to be before anything is run, otherwise null. */
    INDArray answer(Value value) {
        return value.constant() != null ? value.constant() : answers.get(value);
    }

    /** The arrays that were made here, which whoever uses the answers closes. */
    Collection<INDArray> answers() {
        return answers.values();
    }

    /** Whether a node need not run, its results being known. */
    boolean isAnswered(Node node) {
        return answers.containsKey(node.outputs().get(0));
    }

    private void infer(Node node) {
        if (node.op() instanceof GraphOp op) {
            keep(node, op.outputShapes(node.inputs().stream().map(this::of).toList()));
            return;
        }
        DifferentialFunction op = node.op();
        StockOps.requireRunnable(op);
        OpContext context = StockOps.context(op, node.inputs().stream().map(this::standIn).toArray(INDArray[]::new));
        try {
            long[][] found = StockOps.outputShapes(op, context);
            keep(node, found);
            if (op instanceof Shape || op instanceof ZerosLike) {
                Value output = node.outputs().get(0);
                INDArray answer = Nd4j.createUninitialized(output.type(), found[0]);
                context.setOutputArray(0, answer);
                StockOps.run(op, context);
                answers.put(output, answer);
            }
        } finally {
            StockOps.close(context);
        }
    }

    private void keep(Node node, long[][] found) {
        if (found.length != node.outputs().size()) {
            throw new IllegalStateException(node + " gives " + found.length + " shapes");
        }
        for (int i = 0; i < found.length; i++) {
            shapes.put(node.outputs().get(i), found[i]);
        }
    }

    private INDArray standIn(Value value) {
        INDArray known = answer(value);
        return known != null ? known : standIns.computeIfAbsent(value, v -> Nd4j.createUninitialized(v.type(), of(v)));
    }

    /** What adds to memory must have its shape: gradients of one variable do. */
    private void checkSums(Node node) {
        for (Value output : node.outputs()) {
            if (!Arrays.equals(of(output), of(output.memory()))) {
                throw new IllegalStateException(output + " is added to " + output.memory() + ", which has another shape");
            }
        }
    }
}
