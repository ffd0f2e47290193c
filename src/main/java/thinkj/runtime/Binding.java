package thinkj.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Kernels;
import thinkj.ops.GraphOp;

/** A program with all its arrays: made once for given shapes, then run as often as they come. */
final class Binding {

    /** An input of a step, or an output, that an array from outside takes the place of. */
    private record Slot(Step step, int index) {}

    private final Arena arena;
    private final int generation;
    private final OutputMemory outputMemory;
    private final int outputGeneration;
    private final Program program;
    private final Map<Value, INDArray> arrays = new HashMap<>();
    private final Map<String, INDArray> outputs = new LinkedHashMap<>();
    private final List<INDArray> owned = new ArrayList<>();
    private final List<Node> nodes;
    private final List<Step> steps = new ArrayList<>();

    private final INDArray[] given;
    private final long[][] givenShapes;
    private final List<List<Slot>> readers = new ArrayList<>();

    /** The caller's gradient arrays, in the order of {@link Program#direct}. */
    private final INDArray[] direct;

    private final List<long[]> directShapes = new ArrayList<>();
    private final List<List<Slot>> writers = new ArrayList<>();
    private boolean adding;

    /** @param given arrays of the given values, in the program's order */
    Binding(Program program, Shapes shapes, Layout layout, Arena arena, OutputMemory outputMemory, INDArray[] given) {
        this.program = program;
        this.arena = arena;
        this.outputMemory = outputMemory;
        arena.reserve(layout.bytes());
        generation = arena.generation();
        this.given = given.clone();
        givenShapes = new long[given.length][];
        Map<Value, List<Slot>> slots = new HashMap<>();
        for (int i = 0; i < given.length; i++) {
            requireType(given[i], program.given().get(i));
            givenShapes[i] = given[i].shape();
            arrays.put(program.given().get(i), given[i]);
            readers.add(slots.computeIfAbsent(program.given().get(i), v -> new ArrayList<>()));
        }
        direct = new INDArray[program.direct().size()];
        program.direct().values().forEach(memory -> {
            writers.add(slots.computeIfAbsent(memory, v -> new ArrayList<>()));
            directShapes.add(shapes.of(memory));
        });
        owned.addAll(shapes.answers());
        program.outputs().values().forEach(value -> place(value.memory(), shapes));
        outputGeneration = outputMemory.generation();
        nodes = program.nodes().stream().filter(node -> !shapes.isAnswered(node)).toList();
        Set<Value> read = program.read();
        nodes.forEach(node -> steps.add(step(node, shapes, layout, slots, read)));
        program.outputs().forEach((name, value) -> outputs.put(name, array(value, shapes, layout)));
    }

    private static void requireType(INDArray array, Value value) {
        if (array.dataType() != value.type()) {
            throw new IllegalArgumentException(value + " is " + value.type() + " in the graph, the array given for it " + array.dataType());
        }
    }

    private static void requireRoom(String variable, INDArray array, long[] shape) {
        if (array.dataType() != DataType.FLOAT || array.ordering() != 'c' || !Arrays.equals(array.shape(), shape)) {
            throw new IllegalArgumentException("the gradient of " + variable + " is fp32 " + Arrays.toString(shape)
                    + " in C order, the array given for it "
                    + array.dataType() + " " + Arrays.toString(array.shape()) + " in " + array.ordering() + " order");
        }
    }

    /** Gives an output memory outside the arena, so that it can be read after the run. */
    private void place(Value value, Shapes shapes) {
        if (value.isComputed() && shapes.answer(value) == null && !arrays.containsKey(value)) {
            arrays.put(value, outputMemory.array(value, shapes.of(value)));
        }
    }

    private Step step(Node node, Shapes shapes, Layout layout, Map<Value, List<Slot>> slots, Set<Value> read) {
        INDArray[] inputs = node.inputs().stream().map(value -> array(value, shapes, layout)).toArray(INDArray[]::new);
        INDArray[] outputs = node.outputs().stream().map(value -> array(value, shapes, layout)).toArray(INDArray[]::new);
        Step step;
        if (node.op() instanceof GraphOp) {
            for (int i = 0; i < outputs.length; i++) {
                outputs[i] = node.skips(i, read) ? null : outputs[i];
            }
            step = new Step.Kernel(node, inputs, outputs);
        } else {
            step = new Step.Stock(node, inputs, outputs);
        }
        connect(node.inputs(), step, slots);
        connect(node.outputs(), step, slots);
        return step;
    }

    private static void connect(List<Value> values, Step step, Map<Value, List<Slot>> slots) {
        for (int i = 0; i < values.size(); i++) {
            List<Slot> to = slots.get(values.get(i).memory());
            if (to != null) {
                to.add(new Slot(step, i));
            }
        }
    }

    /** A value's array; null for one that the caller provides at every run. */
    private INDArray array(Value value, Shapes shapes, Layout layout) {
        Value memory = value.memory();
        INDArray answer = shapes.answer(memory);
        if (answer != null) {
            arrays.put(memory, answer);
        } else if (layout.holds(memory)) {
            arrays.computeIfAbsent(memory, m -> arena.array(m.type(), shapes.of(m), layout.offset(m)));
        }
        return arrays.get(memory);
    }

    /** Whether the binding is good for the calling thread's arena and arrays like these. */
    boolean fits(Arena current, INDArray[] arrays) {
        if (!isValid(current)) {
            return false;
        }
        for (int i = 0; i < given.length; i++) {
            if (arrays[i] != given[i] && !Arrays.equals(arrays[i].shape(), givenShapes[i])) {
                return false;
            }
        }
        return true;
    }

    boolean isValid(Arena current) {
        return arena == current && generation == current.generation() && outputGeneration == outputMemory.generation();
    }

    /** Takes arrays from outside, in the program's order. */
    void give(INDArray[] arrays) {
        for (int i = 0; i < given.length; i++) {
            if (arrays[i] != given[i]) {
                requireType(arrays[i], program.given().get(i));
                given[i] = arrays[i];
                for (Slot slot : readers.get(i)) {
                    slot.step().input(slot.index(), arrays[i]);
                }
            }
        }
    }

    /** @param add whether gradients are added to what the arrays hold */
    void lead(Map<String, INDArray> gradients, boolean add) {
        int i = 0;
        for (String variable : program.direct().keySet()) {
            INDArray to = gradients.get(variable);
            List<Slot> slots = writers.get(i);
            if (to != direct[i]) {
                requireRoom(variable, to, directShapes.get(i));
                direct[i] = to;
                slots.forEach(slot -> ((Step.Kernel) slot.step()).output(slot.index(), to));
            }
            if (add != adding) {
                ((Step.Kernel) slots.get(0).step()).add(slots.get(0).index(), add);
            }
            i++;
        }
        adding = add;
    }

    void run(Kernels kernels) {
        for (int i = 0; i < steps.size(); i++) {
            steps.get(i).run(kernels);
        }
    }

    void run(Kernels kernels, NodeListener listener) {
        for (int i = 0; i < steps.size(); i++) {
            long from = System.nanoTime();
            steps.get(i).run(kernels);
            listener.ran(steps.get(i).kind(), System.nanoTime() - from);
        }
    }

    void run(Kernels kernels, FaultSearch search) {
        for (int i = 0; i < given.length; i++) {
            search.given(program.given().get(i), given[i]);
        }
        for (int i = 0; i < steps.size(); i++) {
            steps.get(i).run(kernels);
            search.ran(nodes.get(i), steps.get(i).outputs());
        }
    }

    /** What was asked for: arrays that the next run of any binding of the plan overwrites. */
    Map<String, INDArray> outputs() {
        return outputs;
    }

    /** Hands over the gradients that no node could write where they belong. */
    void handOver(Map<String, INDArray> gradients, boolean add) {
        program.copied().forEach((variable, value) -> {
            INDArray from = arrays.get(value.memory());
            if (add) {
                gradients.get(variable).addi(from);
            } else {
                gradients.get(variable).assign(from);
            }
        });
    }

    void release() {
        steps.forEach(Step::release);
        owned.forEach(INDArray::close);
    }
}
