package thinkj.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Engine;
import thinkj.kernels.Heads;
import thinkj.kernels.Precision;
import thinkj.runtime.GraphRunner;
import thinkj.runtime.Rematerialisation;

/** Every node's gradient against central differences of its own forward pass. */
class OpGradientTest {
    /** AUTO is oneDNN where it runs. */
    private static final List<Engine.Choice> CHOICES = List.of(Engine.Choice.ND4J, Engine.Choice.AUTO);

    /** Differences of fp32 values of order 1 over steps of 2·10⁻² leave about 10⁻⁴ of noise; a wrong term moves a gradient by far more. */
    private static final double TOLERANCE = 3e-3;

    private static final float STEP = 1e-2f;

    private final Random random = new Random(7);
    private final Map<String, INDArray> inputs = new LinkedHashMap<>();

    @Test
    void linear() {
        floats("x", 5, 7);
        floats("w", 4, 7);
        check(sd -> Linear.of(sd.getVariable("x"), sd.getVariable("w")));
    }

    @Test
    void linearWithBiasAndOneRow() {
        floats("x", 1, 3);
        floats("w", 6, 3);
        floats("b", 6);
        check(sd -> Linear.of(sd.getVariable("x"), sd.getVariable("w"), sd.getVariable("b")));
    }

    @Test
    void linearOntoAResidualThatIsReadTwice() {
        floats("x", 3, 5);
        floats("w", 4, 5);
        floats("residual", 3, 4);
        floats("norm", 4);
        check(sd -> {
            SDVariable residual = sd.getVariable("residual");
            SDVariable onto = Linear.onto(residual, sd.getVariable("x"), sd.getVariable("w"));
            return onto.add(RmsNorm.of(residual, sd.getVariable("norm"), 1e-6, DataType.FLOAT));
        });
    }

    @Test
    void rmsNorm() {
        floats("x", 4, 9);
        floats("w", 9);
        check(sd -> RmsNorm.of(sd.getVariable("x"), sd.getVariable("w"), 1e-6, DataType.FLOAT));
    }

    @Test
    void rotary() {
        floats("x", 5, 3 * 4);
        constant("cos", 5, 2);
        constant("sin", 5, 2);
        check(sd -> Rotary.of(sd.getVariable("x"), sd.getVariable("cos"), sd.getVariable("sin")));
    }

    @Test
    void attentionOverSequencesOfSeveralLengths() {
        floats("q", 8, 4 * 3);
        floats("k", 8, 2 * 3);
        floats("v", 8, 2 * 3);
        ints("starts", 0, 3, 4, 8);
        check(sd -> Attention.of(
                sd.getVariable("q"), sd.getVariable("k"), sd.getVariable("v"), sd.getVariable("starts"), new Heads(4, 2, 3)));
    }

    @Test
    void swiGlu() {
        floats("gate", 3, 5);
        floats("up", 3, 5);
        check(sd -> SwiGlu.of(sd.getVariable("gate"), sd.getVariable("up")));
    }

    @Test
    void gatherRowsAddsUpRepeatedIds() {
        floats("table", 6, 4);
        ints("ids", 2, 5, 2, 2, 0, 5);
        check(sd -> GatherRows.of(sd.getVariable("table"), sd.getVariable("ids")));
    }

    @Test
    void aTableRowThatIsReadAThousandTimesGetsTheSumOfAThousandGradients() {
        int reads = 1000;
        INDArray dy = Nd4j.ones(DataType.FLOAT, reads, 8);
        INDArray dTable = Nd4j.createUninitialized(DataType.FLOAT, 3, 8);
        int[] ids = new int[reads];
        java.util.Arrays.fill(ids, 1);
        for (Engine.Choice choice : CHOICES) {
            Engine.of(choice, Precision.FP32).kernels().gatherRowsGrad(dy, Nd4j.createFromArray(ids), dTable, false);
            assertEquals(8.0 * reads, dTable.getRow(1).sumNumber().doubleValue(), choice.name());
            assertEquals(8.0 * reads, dTable.sumNumber().doubleValue(), choice.name());
        }
    }

    @Test
    void tokenLogProbsOfBothOutputs() {
        floats("h", 4, 5);
        floats("w", 7, 5);
        ints("ids", 6, 0, 3, 3);
        check(sd -> {
            SDVariable[] out = TokenLogProbs.of(sd.getVariable("h"), sd.getVariable("w"), sd.getVariable("ids"), 0.7);
            return sd.concat(0, out);
        });
    }

    @Test
    void tokenLogProbsWithoutTheEntropy() {
        floats("h", 3, 5);
        floats("w", 7, 5);
        ints("ids", 6, 0, 3);
        check(sd -> TokenLogProbs.of(sd.getVariable("h"), sd.getVariable("w"), sd.getVariable("ids"), 1)[0]);
    }

    @Test
    void aTableUsedTwiceCollectsBothGradients() {
        floats("table", 6, 4);
        ints("ids", 1, 3);
        check(sd -> Linear.of(GatherRows.of(sd.getVariable("table"), sd.getVariable("ids")), sd.getVariable("table")));
    }

    private final List<String> constants = new java.util.ArrayList<>();

    private void floats(String name, long... shape) {
        int length = 1;
        for (long size : shape) {
            length *= (int) size;
        }
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        inputs.put(name, Nd4j.create(values, shape, 'c'));
    }

    private void constant(String name, long... shape) {
        floats(name, shape);
        constants.add(name);
    }

    private void ints(String name, int... values) {
        inputs.put(name, Nd4j.createFromArray(values));
        constants.add(name);
    }

    private void check(Function<SameDiff, SDVariable> build) {
        CHOICES.forEach(choice -> check(choice, build));
    }

    private void check(Engine.Choice choice, Function<SameDiff, SDVariable> build) {
        SameDiff sd = SameDiff.create();
        inputs.forEach((name, value) -> sd.placeHolder(name, value.dataType(), value.shape()));
        SDVariable out = build.apply(sd).rename("out");
        SDVariable weights = sd.placeHolder("weights", DataType.FLOAT);
        out.mul(weights).sum("loss");
        List<String> variables = inputs.keySet().stream().filter(name -> !constants.contains(name)).toList();
        GraphRunner runner = new GraphRunner(sd, Engine.of(choice, Precision.FP32).kernels(), 1, Rematerialisation.OFF);
        runner.differentiate("loss", variables);
        INDArray shape = runner.run(inputs, List.of("out")).get("out");
        Map<String, INDArray> all = new LinkedHashMap<>(inputs);
        all.put("weights", Nd4j.rand(DataType.FLOAT, shape.shape()).subi(0.5));
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        variables.forEach(variable -> gradients.put(variable, Nd4j.createUninitialized(DataType.FLOAT, inputs.get(variable).shape())));
        runner.gradients(all, List.of("loss"), gradients, false);
        for (String variable : variables) {
            compare(variable + " by " + choice, gradients.get(variable), differences(runner, all, variable));
        }
    }

    private static INDArray differences(GraphRunner runner, Map<String, INDArray> all, String variable) {
        INDArray x = all.get(variable);
        INDArray out = Nd4j.createUninitialized(DataType.DOUBLE, x.shape());
        for (long i = 0; i < x.length(); i++) {
            float at = x.data().getFloat(i);
            x.data().put(i, at + STEP);
            double above = loss(runner, all);
            x.data().put(i, at - STEP);
            double below = loss(runner, all);
            x.data().put(i, at);
            out.data().put(i, (above - below) / ((double) (at + STEP) - (at - STEP)));
        }
        return out;
    }

    /** The loss summed in double, to keep rounding out of the differences. */
    private static double loss(GraphRunner runner, Map<String, INDArray> all) {
        INDArray out = runner.run(all, List.of("out")).get("out").castTo(DataType.DOUBLE);
        return out.mul(all.get("weights").castTo(DataType.DOUBLE)).sumNumber().doubleValue();
    }

    private static void compare(String variable, INDArray gradient, INDArray expected) {
        INDArray actual = gradient.castTo(DataType.DOUBLE);
        double norm = expected.norm2Number().doubleValue();
        double error = actual.sub(expected).norm2Number().doubleValue();
        assertTrue(norm > 0, variable);
        assertTrue(error <= TOLERANCE * norm, () -> variable + ": relative error " + error / norm + "\n" + actual + "\n" + expected);
    }
}
