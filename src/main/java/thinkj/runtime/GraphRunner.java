package thinkj.runtime;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;
import thinkj.kernels.NativeThreads;
import thinkj.ops.Ops;

/**
 * Runs one SameDiff graph. Placeholders are borrowed, never changed or closed; what comes back belongs to the caller. For one thread.
 */
public final class GraphRunner {
    /** SameDiff's own name for the function that holds the gradient. */
    private static final String GRADIENT = "grad";

    private final SameDiff graph;
    private final Kernels kernels;
    private final int threads;
    private KernelSession forward;
    private KernelSession backward;

    static {
        Ops.register();
    }

    /** @param threads native threads for each operation, see {@link NativeThreads} */
    public GraphRunner(SameDiff graph, Kernels kernels, int threads) {
        this.graph = graph;
        this.kernels = kernels;
        this.threads = threads;
    }

    /**
     * Builds the gradient's graph; needed once before {@link #gradients}.
     *
     * @param loss scalar to differentiate
     * @param variables placeholders to differentiate with respect to
     */
    public void differentiate(String loss, Collection<String> variables) {
        graph.setLossVariables(loss);
        // SameDiff prints every op it differentiates to standard output, which belongs to the commands' results.
        PrintStream standardOutput = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        try {
            graph.createGradFunction(variables.toArray(String[]::new));
        } finally {
            System.setOut(standardOutput);
        }
    }

    /** Values of the named nodes. */
    public Map<String, INDArray> run(Map<String, INDArray> placeholders, Collection<String> outputs) {
        if (forward == null) {
            forward = new KernelSession(graph, kernels);
        }
        return run(forward, placeholders, new ArrayList<>(outputs), Operation.INFERENCE);
    }

    /** What {@link #gradients} gives: values by node and gradients by placeholder. */
    public record Gradients(Map<String, INDArray> outputs, Map<String, INDArray> gradients) {}

    /** Values of the named nodes and gradients of the loss with respect to the named placeholders, in one run. */
    public Gradients gradients(Map<String, INDArray> placeholders, Collection<String> outputs, Collection<String> variables) {
        SameDiff gradient = graph.getFunction(GRADIENT);
        if (backward == null) {
            backward = new KernelSession(gradient, kernels);
        }
        Map<String, String> names = new LinkedHashMap<>();
        for (String variable : variables) {
            SDVariable of = gradient.getGradForVariable(variable);
            if (of == null) {
                throw new IllegalArgumentException("the loss does not depend on " + variable);
            }
            names.put(variable, of.name());
        }
        List<String> all = new ArrayList<>(outputs);
        names.values().stream().filter(name -> !all.contains(name)).forEach(all::add);
        Map<String, INDArray> values = run(backward, placeholders, all, Operation.TRAINING);
        Map<String, INDArray> outputValues = new LinkedHashMap<>();
        outputs.forEach(name -> outputValues.put(name, values.get(name)));
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        names.forEach((variable, name) -> gradients.put(variable, values.get(name)));
        return new Gradients(outputValues, gradients);
    }

    private Map<String, INDArray> run(
            KernelSession session, Map<String, INDArray> placeholders, List<String> outputs, Operation operation) {
        NativeThreads.use(threads);
        session.startRun();
        return session.output(outputs, placeholders, null, List.of(), List.of(), At.defaultAt(operation));
    }
}
