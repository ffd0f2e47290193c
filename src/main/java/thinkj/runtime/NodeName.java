package thinkj.runtime;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.nd4j.autodiff.functions.DifferentialFunction;
import thinkj.ops.TokenLogProbs;

/** What a node is called when people are told about it: by its module in the checkpoint's words where it is part of one. */
final class NodeName {
    private static final String GRADIENT = "-grad";
    private static final String WEIGHT = ".weight";

    private NodeName() {}

    /** Such as {@code model.layers.3.mlp.down_proj, forward} or {@code the objective's loss (divide), backward}. */
    static String of(Node node) {
        boolean backward = node.op().opName().endsWith("_grad") || node.outputs().stream().anyMatch(value -> value.name().contains(GRADIENT));
        String name = module(node, backward).orElseGet(() -> "the objective's " + objective(node));
        return name + (backward ? ", backward" : ", forward");
    }

    private static String objective(Node node) {
        String kind = node.op().opName();
        String name = node.outputs().get(0).name().replace(GRADIENT, "");
        return name.equals(kind) ? kind : name + " (" + kind + ")";
    }

    private static Optional<String> module(Node node, boolean backward) {
        DifferentialFunction op = node.op();
        if (op instanceof TokenLogProbs || op instanceof TokenLogProbs.Grad) {
            return Optional.of("lm_head");
        }
        // An adapter's own weights have the longer names.
        Optional<String> weight = node.inputs().stream()
                .filter(Value::isGiven)
                .map(Value::name)
                .filter(name -> name.endsWith(WEIGHT))
                .min(Comparator.comparingInt(String::length))
                .map(name -> name.substring(0, name.length() - WEIGHT.length()));
        // Backward, what comes in is the gradient of what the module gave.
        Stream<Value> values = backward
                ? Stream.concat(node.inputs().stream(), node.outputs().stream())
                : Stream.concat(node.outputs().stream(), node.inputs().stream());
        return weight.isPresent() ? weight : values
                .map(value -> value.name().replace(GRADIENT, ""))
                .filter(name -> name.startsWith("model."))
                .findFirst();
    }
}
