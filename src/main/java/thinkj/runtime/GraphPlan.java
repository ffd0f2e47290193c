package thinkj.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A SameDiff graph compiled for a set of outputs and gradients. What depends on shapes is found when arrays of new shapes come, and kept
 * for when they come again; then a run is a loop over the nodes.
 */
final class GraphPlan {
    /** How many sets of shapes are kept bound; they share all their memory, so that one more costs its Java objects alone. */
    private static final int BOUND = 64;

    private final SameDiff graph;
    private final Collection<String> outputs;
    private final Collection<String> gradients;
    private final Rematerialisation rematerialisation;

    /** By how much is computed again. */
    private final Map<Integer, Program> programs = new TreeMap<>();

    private final INDArray[] arrays;
    private final OutputMemory outputMemory = new OutputMemory();

    /** The one used last comes first. */
    private final List<Binding> bindings = new ArrayList<>();

    /** @param gradients variables to differentiate with respect to; with any, the graph is one that holds gradients */
    GraphPlan(SameDiff graph, Collection<String> outputs, Collection<String> gradients, Rematerialisation rematerialisation) {
        this.graph = graph;
        this.outputs = List.copyOf(outputs);
        this.gradients = List.copyOf(gradients);
        this.rematerialisation = rematerialisation;
        arrays = new INDArray[program(0).given().size()];
    }

    private Program program(int level) {
        return programs.computeIfAbsent(level, k -> Program.of(graph, outputs, gradients, k));
    }

    /**
     * Runs the graph.
     *
     * @param placeholders borrowed
     * @param into arrays for the gradients, by variable
     * @param add whether gradients are added to what these arrays hold
     * @param run has the nodes run one after the other
     * @return the outputs, which the next run overwrites
     */
    Map<String, INDArray> run(Map<String, INDArray> placeholders, Map<String, INDArray> into, boolean add, Consumer<Binding> run) {
        List<Value> given = program(0).given();
        for (int i = 0; i < arrays.length; i++) {
            arrays[i] = placeholders.get(given.get(i).name());
            if (arrays[i] == null) {
                throw new IllegalArgumentException("no array was given for " + given.get(i).name());
            }
        }
        Binding binding = binding(Arena.ofThread());
        binding.give(arrays);
        binding.lead(into, add);
        run.accept(binding);
        binding.handOver(into, add);
        return binding.outputs();
    }

    private Binding binding(Arena arena) {
        for (int i = 0; i < bindings.size(); i++) {
            Binding binding = bindings.get(i);
            if (binding.fits(arena, arrays)) {
                if (i > 0) {
                    bindings.add(0, bindings.remove(i));
                }
                return binding;
            }
        }
        Binding binding = bind(arena);
        forget(arena);
        bindings.add(0, binding);
        return binding;
    }

    /** Lets go of what cannot be used again, and of what was not used for longest. */
    private void forget(Arena arena) {
        for (Iterator<Binding> all = bindings.iterator(); all.hasNext(); ) {
            Binding binding = all.next();
            if (!binding.isValid(arena)) {
                binding.release();
                all.remove();
            }
        }
        if (bindings.size() == BOUND) {
            bindings.remove(BOUND - 1).release();
        }
    }

    /** Lets go of all that was bound. */
    void release() {
        bindings.forEach(Binding::release);
        bindings.clear();
        outputMemory.close();
    }

    private Binding bind(Arena arena) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        List<Value> given = program(0).given();
        for (int i = 0; i < arrays.length; i++) {
            shapes.put(given.get(i).name(), arrays[i].shape());
        }
        Compiled compiled = compile(shapes);
        return new Binding(compiled.program, compiled.shapes, compiled.layout, arena, outputMemory, arrays);
    }

    /** A program whose shapes and places are known. */
    private record Compiled(Program program, Shapes shapes, Layout layout) {

        static Compiled of(Program program, Map<String, long[]> placeholders) {
            Map<Value, long[]> given = new HashMap<>();
            program.given().forEach(value -> given.put(value, placeholders.get(value.name())));
            Shapes shapes = Shapes.of(program, given);
            return new Compiled(program, shapes, new Layout(program, shapes));
        }

        long bytes() {
            return layout.bytes().values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** With as little computed again as the budget allows. */
    private Compiled compile(Map<String, long[]> placeholders) {
        if (gradients.isEmpty() || rematerialisation.equals(Rematerialisation.OFF)) {
            return Compiled.of(program(0), placeholders);
        }
        int enough = Layers.highestLevel(program(0).nodes());
        Compiled best = Compiled.of(program(enough), placeholders);
        int least = 0;
        while (least < enough && rematerialisation.budget() > 0) {
            int middle = (least + enough) / 2;
            Compiled fewer = Compiled.of(program(middle), placeholders);
            if (fewer.bytes() <= rematerialisation.budget()) {
                enough = middle;
                best = fewer;
            } else {
                least = middle + 1;
            }
        }
        return best;
    }

    /** Bytes of the arena that a run takes, by the shapes of the placeholders. */
    long arenaBytes(Map<String, long[]> placeholders) {
        return compile(placeholders).bytes();
    }
}
