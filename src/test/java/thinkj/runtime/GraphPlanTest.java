package thinkj.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.AddOp;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Nd4jKernels;
import thinkj.ops.Linear;
import thinkj.ops.Ops;
import thinkj.ops.RmsNorm;
import thinkj.ops.SwiGlu;

/** What a plan makes of a graph: its nodes, the places of its arrays, and whose arrays it writes. */
class GraphPlanTest {
    private final Random random = new Random(23);

    static {
        Ops.register();
    }

    /** A block with a residual stream: {@code x + down(swiGlu(gate(norm(x)), up(norm(x))))}, and the sum of its squares. */
    private static SameDiff block() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 6);
        SDVariable normed = RmsNorm.of(x, sd.placeHolder("norm", DataType.FLOAT, 6), 1e-6, DataType.FLOAT);
        SDVariable gate = Linear.of(normed, sd.placeHolder("gate", DataType.FLOAT, 9, 6));
        SDVariable up = Linear.of(normed, sd.placeHolder("up", DataType.FLOAT, 9, 6));
        SDVariable y = Linear.onto(x, SwiGlu.of(gate, up), sd.placeHolder("down", DataType.FLOAT, 6, 9));
        y.mul(y).sum("loss");
        return sd;
    }

    private Map<String, INDArray> blockInputs(int rows) {
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        inputs.put("x", Nd4j.rand(DataType.FLOAT, rows, 6));
        inputs.put("norm", Nd4j.rand(DataType.FLOAT, 6));
        inputs.put("gate", Nd4j.rand(DataType.FLOAT, 9, 6));
        inputs.put("up", Nd4j.rand(DataType.FLOAT, 9, 6));
        inputs.put("down", Nd4j.rand(DataType.FLOAT, 6, 9));
        return inputs;
    }

    @Test
    void sumsOfGradientsNeedNoNodesOfTheirOwn() {
        SameDiff sd = block();
        new GraphRunner(sd, new Nd4jKernels(), 1, Rematerialisation.OFF).differentiate("loss", List.of("x", "norm", "gate", "up", "down"));
        Program program = Program.of(sd.getFunction("grad"), List.of("loss"), List.of("x", "norm", "gate", "up", "down"), 0);
        List<Node> additions = program.nodes().stream().filter(node -> node.op() instanceof AddOp).toList();
        // y·y is the objective's own: a product's gradient twice, from a node that cannot add.
        assertEquals(1, additions.size(), additions.toString());
        assertEquals(Set.of("norm", "gate", "up", "down"), program.direct().keySet());
        // The stream's gradient begins with what stock arithmetic computes.
        assertEquals(Set.of("x"), program.copied().keySet());
    }

    @Test
    void gradientsAreWrittenOrAddedWhereverTheyComeFrom() {
        SameDiff sd = block();
        GraphRunner runner = new GraphRunner(sd, new Nd4jKernels(), 1, Rematerialisation.OFF);
        Map<String, INDArray> inputs = blockInputs(5);
        runner.differentiate("loss", inputs.keySet());
        Map<String, INDArray> expected = new StockSession(sd, new Nd4jKernels()).gradients(inputs, inputs.keySet());
        Map<String, INDArray> into = new LinkedHashMap<>();
        inputs.forEach((name, array) -> into.put(name, Nd4j.valueArrayOf(array.shape(), 3, DataType.FLOAT)));
        runner.gradients(inputs, List.of("loss"), into, false);
        expected.forEach((name, gradient) -> assertArrayEquals(values(gradient), values(into.get(name)), name));
        runner.gradients(inputs, List.of("loss"), into, true);
        expected.forEach((name, gradient) -> assertArrayEquals(values(gradient.mul(2)), values(into.get(name)), name));
        // Other arrays for the gradients from now on.
        Map<String, INDArray> others = new LinkedHashMap<>();
        inputs.forEach((name, array) -> others.put(name, Nd4j.createUninitialized(DataType.FLOAT, array.shape())));
        runner.gradients(inputs, List.of("loss"), others, false);
        expected.forEach((name, gradient) -> assertArrayEquals(values(gradient), values(others.get(name)), name));
        expected.forEach((name, gradient) -> assertArrayEquals(values(gradient.mul(2)), values(into.get(name)), name));
    }

    private static float[] values(INDArray array) {
        return array.dup('c').data().asFloat();
    }

    @Test
    void valuesThatAreNeededAtTheSameTimeShareNoMemory() {
        for (int trial = 0; trial < 30; trial++) {
            SameDiff sd = SameDiff.create();
            List<SDVariable> variables = new ArrayList<>(List.of(sd.placeHolder("x", DataType.FLOAT, -1, 4)));
            Map<String, long[]> shapes = new HashMap<>(Map.of("x", new long[] {7, 4}));
            for (int i = 0; i < 40; i++) {
                SDVariable from = variables.get(Math.max(0, variables.size() - 1 - random.nextInt(6)));
                long width = shapes.get(from.name())[1];
                long wider = 1 + random.nextInt(40);
                SDVariable w = sd.placeHolder("w" + i, DataType.FLOAT, wider, width);
                shapes.put(w.name(), new long[] {wider, width});
                variables.add(Linear.of(from, w).rename("v" + i));
                shapes.put("v" + i, new long[] {7, wider});
            }
            checkPlaces(Program.of(sd, List.of("v39", "v20"), List.of(), 0), shapes);
        }
    }

    private static void checkPlaces(Program program, Map<String, long[]> shapes) {
        Map<Value, long[]> given = new HashMap<>();
        program.given().forEach(value -> given.put(value, shapes.get(value.name())));
        Shapes known = Shapes.of(program, given);
        Layout layout = new Layout(program, known);
        Map<Value, Value> owner = new LinkedHashMap<>();
        List<Node> nodes = program.nodes();
        for (int at = 0; at < nodes.size(); at++) {
            Value written = nodes.get(at).outputs().get(0);
            // Whoever is read from here on must not lie where this node writes.
            for (int later = at; later < nodes.size(); later++) {
                for (Value read : nodes.get(later).inputs()) {
                    if (owner.containsKey(read) && layout.holds(read) && layout.holds(written)) {
                        assertFalse(meet(layout, known, read, written), read + " and " + written);
                    }
                }
            }
            owner.put(written, written);
        }
        assertFalse(layout.holds(program.outputs().get("v39")));
        long sum = owner.keySet().stream().filter(layout::holds).mapToLong(value -> bytes(known, value)).sum();
        assertTrue(layout.bytes().get(DataType.FLOAT) < sum, "nothing was shared");
    }

    private static boolean meet(Layout layout, Shapes shapes, Value a, Value b) {
        return layout.offset(a) < layout.offset(b) + bytes(shapes, b) && layout.offset(b) < layout.offset(a) + bytes(shapes, a);
    }

    private static long bytes(Shapes shapes, Value value) {
        return shapes.of(value)[0] * shapes.of(value)[1] * Float.BYTES;
    }

    @Test
    void whatIsMissingIsNamed() {
        SameDiff sd = block();
        sd.placeHolder("unused", DataType.FLOAT, 2);
        GraphRunner runner = new GraphRunner(sd, new Nd4jKernels(), 1, Rematerialisation.OFF);
        Map<String, INDArray> inputs = blockInputs(2);
        INDArray gate = inputs.remove("gate");
        assertMessage("no array was given for gate", () -> runner.run(inputs, List.of("loss")));
        assertMessage("the graph has no variable lost", () -> runner.run(inputs, List.of("lost")));
        assertMessage("a placeholder is no output", () -> runner.run(inputs, List.of("loss", "x")));
        inputs.put("gate", gate.castTo(DataType.DOUBLE));
        assertMessage("gate is FLOAT in the graph, the array given for it DOUBLE", () -> runner.run(inputs, List.of("loss")));
        inputs.put("gate", gate);
        runner.differentiate("loss", inputs.keySet());
        assertMessage("the loss does not depend on unused",
                () -> runner.gradients(inputs, List.of("loss"), Map.of("unused", Nd4j.create(2)), false));
        assertMessage("the gradient of gate is fp32 [9, 6] in C order, the array given for it FLOAT [6, 9] in c order",
                () -> runner.gradients(inputs, List.of("loss"), Map.of("gate", Nd4j.create(DataType.FLOAT, 6, 9)), false));
    }

    @Test
    void operationsThatAreNoArithmeticAreRefused() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 2);
        SDVariable[] either = sd.switchOp(x, sd.constant("which", true));
        either[0].add(1).rename("out");
        GraphRunner runner = new GraphRunner(sd, new Nd4jKernels(), 1, Rematerialisation.OFF);
        assertMessage("a plan has no way to run the operation switch (switch)", () -> runner.run(Map.of("x", Nd4j.create(2)), List.of("out")));
    }

    private static void assertMessage(String expected, org.junit.jupiter.api.function.Executable action) {
        assertEquals(expected, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
