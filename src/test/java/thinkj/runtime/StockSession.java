package thinkj.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/** Graphs run by SameDiff's own session, node by node and every sum on its own: what plans are compared with. */
public final class StockSession {
    private final SameDiff graph;
    private final Kernels kernels;

    public StockSession(SameDiff graph, Kernels kernels) {
        this.graph = graph;
        this.kernels = kernels;
    }

    public Map<String, INDArray> run(Map<String, INDArray> placeholders, Collection<String> outputs) {
        return run(graph, placeholders, new ArrayList<>(outputs), Operation.INFERENCE);
    }

    /** Gradients of a graph that was differentiated, by variable. */
    public Map<String, INDArray> gradients(Map<String, INDArray> placeholders, Collection<String> variables) {
        SameDiff gradient = graph.getFunction("grad");
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        List<String> names = variables.stream().map(name -> gradient.getGradForVariable(name).name()).toList();
        Map<String, INDArray> values = run(gradient, placeholders, names, Operation.TRAINING);
        variables.forEach(name -> gradients.put(name, values.get(gradient.getGradForVariable(name).name())));
        return gradients;
    }

    private Map<String, INDArray> run(SameDiff of, Map<String, INDArray> placeholders, List<String> outputs, Operation operation) {
        KernelSession session = new KernelSession(of, kernels);
        return session.output(outputs, placeholders, null, List.of(), List.of(), At.defaultAt(operation));
    }
}
