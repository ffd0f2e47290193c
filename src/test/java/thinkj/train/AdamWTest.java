package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.config.DecayGroup;
import thinkj.config.OptimizerSettings;
import thinkj.config.ScheduleKind;

class AdamWTest {
    private static final AdamW.Written IGNORED = (parameter, from, count) -> {};
    private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.999, 1e-8, 0.1);

    /** Three parameters; the second is longer than a block, and no multiple of one. */
    private static Map<String, INDArray> parameters(long seed) {
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        int[][] shapes = {{3, 5}, {123, 211}, {7}};
        Random random = new Random(seed);
        for (int i = 0; i < shapes.length; i++) {
            int length = shapes[i].length == 1 ? shapes[i][0] : shapes[i][0] * shapes[i][1];
            float[] values = new float[length];
            for (int k = 0; k < length; k++) {
                values[k] = (float) random.nextGaussian();
            }
            String name = i == 2 ? "q_proj.bias" : "p" + i + ".weight";
            parameters.put(name, Nd4j.create(values, shapes[i], 'c').castTo(DataType.FLOAT));
        }
        return parameters;
    }

    private static Gradients gradients(Map<String, INDArray> parameters, long seed) {
        Gradients gradients = new Gradients(parameters);
        parameters(seed).forEach((name, array) -> gradients.arrays().get(name).addi(array));
        return gradients;
    }

    @Test
    void agreesWithTheFormulaInDouble() {
        Map<String, INDArray> parameters = parameters(1);
        Map<String, double[]> expected = new LinkedHashMap<>();
        parameters.forEach((name, array) -> expected.put(name, array.dup().reshape(array.length()).toDoubleVector()));
        double rate = 0.01;
        double factor = 0.5;
        Map<String, double[][]> moments = new LinkedHashMap<>();
        try (AdamW adamW = new AdamW(parameters, SETTINGS, DecayGroup.NO_BIASES::decays, IGNORED)) {
            for (int step = 1; step <= 3; step++) {
                try (Gradients gradients = gradients(parameters, 10 + step)) {
                    adamW.step(gradients, rate, factor);
                    control(expected, moments, gradients.arrays(), step, rate, factor);
                }
            }
        }
        // weights of size 1 to 4 in fp32, three steps
        parameters.forEach((name, array) ->
                assertArrayEquals(expected.get(name), array.dup().reshape(array.length()).toDoubleVector(), 2e-6, name));
    }

    private static void control(
            Map<String, double[]> weights, Map<String, double[][]> moments, Map<String, INDArray> gradients, int step, double rate, double factor) {
        weights.forEach((name, w) -> {
            double[][] mv = moments.computeIfAbsent(name, n -> new double[2][w.length]);
            double[] g = gradients.get(name).dup().reshape(w.length).toDoubleVector();
            double decay = name.endsWith("bias") ? 0 : SETTINGS.weightDecay();
            for (int i = 0; i < w.length; i++) {
                double gradient = g[i] * factor;
                mv[0][i] = 0.9 * mv[0][i] + 0.1 * gradient;
                mv[1][i] = 0.999 * mv[1][i] + 0.001 * gradient * gradient;
                double m = mv[0][i] / (1 - Math.pow(0.9, step));
                double v = mv[1][i] / (1 - Math.pow(0.999, step));
                w[i] = w[i] - rate * decay * w[i] - rate * m / (Math.sqrt(v) + 1e-8);
            }
        });
    }

    @Test
    void everyValueIsHandedInAfterItWasWritten() {
        Map<String, INDArray> parameters = parameters(1);
        // By array; each block goes to its place, and to no other's.
        Map<INDArray, float[]> seen = new IdentityHashMap<>();
        parameters.values().forEach(array -> seen.put(array, new float[(int) array.length()]));
        AdamW.Written adding = (array, from, count) -> {
            for (long i = from; i < from + count; i++) {
                seen.get(array)[(int) i] += array.data().getFloat(i);
            }
        };
        try (AdamW adamW = new AdamW(parameters, SETTINGS, name -> true, adding);
                Gradients gradients = gradients(parameters, 2)) {
            adamW.step(gradients, 0.01, 1);
        }
        seen.forEach((array, values) -> assertArrayEquals(array.dup().reshape(array.length()).toFloatVector(), values));
    }

    @Test
    void epsilonStandsOutsideTheCorrectedRoot() {
        // One step with a gradient as small as epsilon: half the rate. With epsilon inside the correction it would be a 33rd.
        Map<String, INDArray> one = Map.of("w", Nd4j.createFromArray(0f));
        try (AdamW adamW = new AdamW(one, new AdamW.Settings(0.9, 0.999, 1e-8, 0), name -> true, IGNORED);
                Gradients gradients = new Gradients(one)) {
            gradients.arrays().get("w").addi(1e-8);
            adamW.step(gradients, 1, 1);
        }
        assertEquals(-0.5, one.get("w").getDouble(0), 1e-6);
    }

    @Test
    void normRunsOverAllParameters() {
        try (Gradients gradients = gradients(parameters(1), 2)) {
            double sum = 0;
            for (INDArray array : parameters(2).values()) {
                for (double value : array.reshape(array.length()).toDoubleVector()) {
                    sum += value * value;
                }
            }
            // Within a block fp32 adds up, in pairs.
            assertEquals(Math.sqrt(sum), gradients.norm(), 1e-7 * Math.sqrt(sum));
            gradients.arrays().values().forEach(array -> array.assign(0));
            assertEquals(0, gradients.norm());
        }
    }

    @Test
    void clippingUsesTorchsFactor() {
        assertEquals(1, new GradientClip(1).factor(0.5));
        assertEquals(1 / (4 + 1e-6), new GradientClip(1).factor(4));
        assertEquals(1, new GradientClip(0).factor(4));
    }

    @Test
    void gradientThatIsNotFiniteStopsTheRunBeforeItTouchesAParameter() {
        Map<String, INDArray> parameters = parameters(1);
        OptimizerSettings settings =
                new OptimizerSettings(0.1, ScheduleKind.CONSTANT, 0, 0, 0.9, 0.999, 1e-8, 0, DecayGroup.ALL, 1);
        try (Updater updater = new Updater(parameters, settings, 10, IGNORED, () -> {})) {
            updater.gradients().arrays().get("p0.weight").addi(1);
            assertEquals(1, updater.apply().step());
            float[] before = parameters.get("p0.weight").dup().reshape(15).toFloatVector();
            updater.gradients().arrays().get("p1.weight").putScalar(77, Float.NaN);
            assertEquals("the gradient of p1.weight is not finite", assertThrows(NotFinite.class, updater::apply).getMessage());
            assertArrayEquals(before, parameters.get("p0.weight").dup().reshape(15).toFloatVector());
        }
    }

    @Test
    void aParameterThatIsNotFiniteBehindAStepStopsTheRunInThisStep() {
        Map<String, INDArray> parameters = parameters(1);
        OptimizerSettings settings =
                new OptimizerSettings(0.1, ScheduleKind.CONSTANT, 0, 0, 0.9, 0.999, 1e-8, 0, DecayGroup.ALL, 1);
        try (Updater updater = new Updater(parameters, settings, 10, IGNORED, () -> {})) {
            updater.gradients().arrays().values().forEach(gradient -> gradient.addi(1));
            updater.apply();
            updater.gradients().arrays().values().forEach(gradient -> gradient.assign(1));
            parameters.get("p1.weight").putScalar(77, Float.POSITIVE_INFINITY);
            assertEquals(
                    "the update left p1.weight with values that are not finite, by a gradient that is finite (learning rate 0.1)",
                    assertThrows(NotFinite.class, updater::apply).getMessage());
        }
    }

    @Test
    void decayGroups() {
        List<String> names = List.of("model.layers.0.self_attn.q_proj.bias", "model.layers.0.input_layernorm.weight", "model.norm.weight",
                "model.embed_tokens.weight");
        assertArrayEquals(new Object[] {true, true, true, true}, names.stream().map(DecayGroup.ALL::decays).toArray());
        assertArrayEquals(new Object[] {false, true, true, true}, names.stream().map(DecayGroup.NO_BIASES::decays).toArray());
        assertArrayEquals(new Object[] {false, false, false, true}, names.stream().map(DecayGroup.NO_BIASES_OR_NORMS::decays).toArray());
        assertTrue(DecayGroup.NO_BIASES_OR_NORMS.decays("model.layers.0.mlp.up_proj.weight"));
    }
}
