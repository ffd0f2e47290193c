package thinkj.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.Golden;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.kernels.onednn.OneDnn;
import thinkj.loss.SftLoss;

/** Whole models by oneDNN's kernels, in either precision, against the reference kernels, which goldens hold to PyTorch. */
class EnginesTest {
    private final Random random = new Random(23);

    @BeforeEach
    void needsOneDnn() {
        assumeTrue(OneDnn.hasBf16(), () -> "needs oneDNN on a CPU with AVX-512: " + OneDnn.problem().orElse("this CPU has none"));
    }

    @Tag("golden")
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tiny-tied", "qwen2-tiny-untied"})
    void gradientsAndLogProbsOfGoldenModels(String folder) {
        HfCheckpoint checkpoint = HfCheckpoint.open(Golden.path(folder));
        for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
            check(checkpoint.config(), checkpoint.load(), checkpoint.load(), precision);
        }
    }

    /** Widths that vectors and blocks fit into, and such that they do not. */
    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void gradientsAndLogProbsOfWiderModels(Precision precision) {
        for (Qwen2Config config : new Qwen2Config[] {
            new Qwen2Config(128, 3, 4, 2, 320, 700, 256, 10000, 1e-6, true, Map.of()),
            new Qwen2Config(60, 2, 6, 3, 77, 131, 256, 10000, 1e-6, false, Map.of())
        }) {
            Map<String, INDArray> weights = weights(config);
            Map<String, INDArray> copies = new LinkedHashMap<>();
            weights.forEach((name, weight) -> copies.put(name, weight.dup()));
            check(config, weights, copies, precision);
        }
    }

    @Test
    void changedWeightsAreSeen() {
        Qwen2Config config = new Qwen2Config(128, 2, 4, 2, 320, 300, 64, 10000, 1e-6, true, Map.of());
        PackedTokens batch = batch(config.vocabSize());
        try (Qwen2Model model = model(config, weights(config), Engine.Choice.ONEDNN, Precision.BF16)) {
            LossGraph graph = new LossGraph(model, 1, null);
            graph.logProbs(batch);
            model.weights().values().forEach(weight -> weight.muli(0));
            model.weightsChanged();
            for (float logProb : graph.logProbs(batch)) {
                assertEquals(-Math.log(300), logProb, 1e-6);
            }
        }
    }

    @Test
    void int8NeitherTrainsNorScores() {
        Qwen2Config config = new Qwen2Config(128, 1, 4, 2, 320, 300, 64, 10000, 1e-6, true, Map.of());
        try (Qwen2Model model = model(config, weights(config), Engine.Choice.ONEDNN, Precision.INT8)) {
            String message = assertThrows(UserError.class, () -> new LossGraph(model, 1, null)).getMessage();
            assertEquals("precision: int8, must be fp32 or bf16 for training and scoring; int8 weights generate and do nothing else", message);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void runsOfShapesThatWereSeenBeforeMakeNoArrays(Precision precision) {
        Qwen2Config config = new Qwen2Config(128, 2, 4, 2, 320, 300, 64, 10000, 1e-6, true, Map.of());
        try (Qwen2Model model = model(config, weights(config), Engine.Choice.ONEDNN, precision)) {
            LossGraph graph = new LossGraph(model, 1, SftLoss::define);
            PackedTokens batch = batch(config.vocabSize());
            Map<String, INDArray> gradients = zeros(model);
            Map<String, INDArray> inputs = inputs(batch);
            for (int i = 0; i < 3; i++) {
                graph.gradients(batch, inputs, gradients, i > 0);
                model.weightsChanged();
            }
            long before = Nd4j.getDeallocatorService().nextValue();
            for (int i = 0; i < 20; i++) {
                graph.gradients(batch, inputs, gradients, true);
                model.weightsChanged();
            }
            // The service numbers every buffer and context that ND4J makes, and every question after the next number.
            assertEquals(before + 1, Nd4j.getDeallocatorService().nextValue());
        }
    }

    private void check(Qwen2Config config, Map<String, INDArray> weights, Map<String, INDArray> same, Precision precision) {
        PackedTokens batch = batch(config.vocabSize());
        try (Qwen2Model reference = model(config, weights, Engine.Choice.ND4J, Precision.FP32);
                Qwen2Model model = model(config, same, Engine.Choice.ONEDNN, precision)) {
            boolean exact = precision == Precision.FP32;
            float[] expected = new LossGraph(reference, 1, null).logProbs(batch);
            float[] actual = new LossGraph(model, 1, null).logProbs(batch);
            // Log-probabilities are about as large as logits, and so are their errors.
            close(Nd4j.createFromArray(expected), Nd4j.createFromArray(actual), exact ? 1e-5 : 2e-2, "log-probabilities");
            Map<String, INDArray> gradients = gradients(model, batch);
            gradients(reference, batch).forEach((name, gradient) -> {
                // The gradient of a bias of keys is zero but for rounding: it moves all scores of a query alike.
                if (!name.endsWith("k_proj.bias")) {
                    close(gradient, gradients.get(name), exact ? 1e-4 : 5e-2, name);
                }
            });
        }
    }

    private static Map<String, INDArray> gradients(Qwen2Model model, PackedTokens batch) {
        Map<String, INDArray> gradients = zeros(model);
        new LossGraph(model, 1, SftLoss::define).gradients(batch, inputs(batch), gradients, false);
        return gradients;
    }

    private static Map<String, INDArray> inputs(PackedTokens batch) {
        float[] ones = new float[batch.targets()];
        Arrays.fill(ones, 1);
        return SftLoss.inputs(ones, ones.length);
    }

    private static Map<String, INDArray> zeros(Qwen2Model model) {
        Map<String, INDArray> zeros = new LinkedHashMap<>();
        model.weights().forEach((name, weight) -> zeros.put(name, Nd4j.zeros(DataType.FLOAT, weight.shape())));
        return zeros;
    }

    private static Qwen2Model model(Qwen2Config config, Map<String, INDArray> weights, Engine.Choice kernels, Precision precision) {
        return new Qwen2Model(config, weights, Engine.of(kernels, precision));
    }

    private Map<String, INDArray> weights(Qwen2Config config) {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        Qwen2Tensors.of(config).forEach((name, shape) -> {
            float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (shape.length == 1 ? 1 + 0.1 * random.nextGaussian() : random.nextGaussian() / Math.sqrt(shape[1]));
            }
            weights.put(name, Nd4j.create(values, shape, 'c'));
        });
        return weights;
    }

    /** Three sequences, one of them of two tokens. */
    private PackedTokens batch(int vocabulary) {
        PackedTokens.Builder packed = new PackedTokens.Builder();
        for (int length : new int[] {19, 2, 33}) {
            packed.add(random.ints(length, 0, vocabulary).toArray(), 1);
        }
        return packed.build();
    }

    private static void close(INDArray expected, INDArray actual, double allowed, String what) {
        double distance = expected.distance2(actual) / expected.norm2Number().doubleValue();
        assertTrue(distance <= allowed, () -> what + " " + Arrays.toString(expected.shape()) + ": distance " + distance + " of the norm");
    }
}
