package thinkj.runtime;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;
import thinkj.kernels.NativeThreads;
import thinkj.ops.Ops;

/**
 * Runs one SameDiff graph. Placeholders are borrowed, never closed; values that come back are the runner's own, good until its next
 * run. For one thread.
 */
public final class GraphRunner implements AutoCloseable {
    /** SameDiff's own name for the function that holds the gradient. */
    private static final String GRADIENT = "grad";

    private final SameDiff graph;
    private final Kernels kernels;
    private final int threads;
    private final Rematerialisation rematerialisation;
    private final Map<Asked, GraphPlan> plans = new HashMap<>();
    private Consumer<Binding> run;

    /** What a plan is for: names of nodes, and of placeholders whose gradients are asked for. */
    private record Asked(List<String> outputs, Set<String> gradients) {}

    static {
        Ops.register();
    }

    /**
     * @param threads native threads for each operation, see {@link NativeThreads}
     * @param rematerialisation how runs with gradient save memory
     */
    public GraphRunner(SameDiff graph, Kernels kernels, int threads, Rematerialisation rematerialisation) {
        this.graph = graph;
        this.kernels = kernels;
        this.threads = threads;
        this.run = binding -> binding.run(kernels);
        this.rematerialisation = rematerialisation;
    }

    /** Has every run's nodes timed from now on; the time between them is the runner's own. */
    public void listen(NodeListener to) {
        run = binding -> binding.run(kernels, to);
    }

    /** Has every run of an action's watched for where numbers that are not finite come up first. */
    public void search(FaultSearch search, Runnable action) {
        Consumer<Binding> before = run;
        run = binding -> binding.run(kernels, search);
        try {
            action.run();
        } finally {
            run = before;
        }
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
    public Map<String, INDArray> run(Map<String, INDArray> placeholders, List<String> outputs) {
        return gradients(placeholders, outputs, Map.of(), false);
    }

    /**
     * Values of the named nodes, and gradients of the loss, in one run.
     *
     * @param gradients placeholder → array that its gradient is written to
     * @param add whether gradients are added to what these arrays hold
     */
    public Map<String, INDArray> gradients(
            Map<String, INDArray> placeholders, List<String> outputs, Map<String, INDArray> gradients, boolean add) {
        NativeThreads.use(threads);
        return plan(outputs, gradients.keySet()).run(placeholders, gradients, add, run);
    }

    /**
     * Bytes that such a run computes in, besides what comes in and what goes out; nothing is allocated.
     *
     * @param placeholders shapes
     */
    public long arenaBytes(Map<String, long[]> placeholders, List<String> outputs, Set<String> gradients) {
        return plan(outputs, gradients).arenaBytes(placeholders);
    }

    /** Frees what runs gave back, and whatever else plans and kernels kept for more of them. No run may follow. */
    @Override
    public void close() {
        plans.values().forEach(GraphPlan::release);
        kernels.close();
    }

    private GraphPlan plan(List<String> outputs, Set<String> gradients) {
        GraphPlan plan = plans.get(new Asked(outputs, gradients));
        if (plan == null) {
            SameDiff of = gradients.isEmpty() ? graph : graph.getFunction(GRADIENT);
            plan = new GraphPlan(of, outputs, gradients, rematerialisation);
            plans.put(new Asked(List.copyOf(outputs), Set.copyOf(gradients)), plan);
        }
        return plan;
    }
}
