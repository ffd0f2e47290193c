package thinkj.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.PeftConfig;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.kernels.onednn.OneDnn;
import thinkj.model.FrozenWeights.Storage;
import thinkj.runtime.Rematerialisation;

/** A low-rank adapter beside frozen weights: its gradients, what it makes of the model, and what it leaves alone. */
class AdapterTest {
    private static final Qwen2Config TIED = new Qwen2Config(32, 2, 4, 2, 48, 97, 128, 1e4, 1e-6, true, Map.of());
    private static final Qwen2Config UNTIED = new Qwen2Config(32, 2, 4, 2, 48, 97, 128, 1e4, 1e-6, false, Map.of());
    private static final PeftConfig ALL = PeftConfig.of("base", 4, 8, 0.3, PeftConfig.MODULES);

    private final Random random = new Random(11);

    /** Kernels, how the base is kept, architecture. */
    static List<Object[]> models() {
        List<Object[]> all = new ArrayList<>();
        for (Engine.Choice choice : List.of(Engine.Choice.ND4J, Engine.Choice.AUTO)) {
            for (Storage storage : Storage.values()) {
                all.add(new Object[] {choice, storage, TIED});
            }
            all.add(new Object[] {choice, Storage.BF16, UNTIED});
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyAdapterMatrixHasTheGradientOfItsDifferencesUnderDropout(Engine.Choice choice, Storage storage, Qwen2Config config) {
        try (Qwen2Model model = model(config, storage, ALL, Engine.of(choice, Precision.FP32))) {
            LossGraph graph = graph(model, Rematerialisation.OFF);
            graph.place(3, new int[] {4, 1});
            PackedTokens batch = batch(config);
            Map<String, INDArray> gradients = zeros(model);
            graph.gradients(batch, Map.of(), gradients, false);
            assertEquals(2 * 7 * config.numHiddenLayers(), gradients.size());
            gradients.forEach((name, gradient) -> {
                INDArray matrix = model.trainable().get(name);
                INDArray direction = direction(matrix.shape());
                float step = 1e-2f;
                matrix.addi(direction.mul(step));
                double above = loss(graph, model, batch);
                matrix.subi(direction.mul(2 * step));
                double below = loss(graph, model, batch);
                matrix.addi(direction.mul(step));
                double expected = gradient.mul(direction).sumNumber().doubleValue();
                // fp32 losses of order 4 are known to 5e-7, over a step of 2e-2; curvature adds the rest.
                assertEquals(expected, (above - below) / (2 * step), 1e-3 + 2e-2 * Math.abs(expected), name);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void mergedGivesTheSameLogProbabilities(Engine.Choice choice, Storage storage, Qwen2Config config) {
        PackedTokens batch = batch(config);
        try (Qwen2Model model = model(config, storage, ALL, Engine.of(choice, Precision.FP32))) {
            Map<String, INDArray> merged = new LinkedHashMap<>();
            Qwen2Tensors.of(config).keySet().forEach(name -> merged.put(name, merged(model, name)));
            try (Qwen2Model whole = new Qwen2Model(config, merged, Engine.of(choice, Precision.FP32))) {
                float[] expected = new LossGraph(whole, 1, null).logProbs(batch);
                // Sums of some dozens of fp32 products in another order, through two layers.
                assertArrayEquals(expected, new LossGraph(model, 1, null).logProbs(batch), 2e-5f);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Storage.class)
    void withoutTheAdapterItIsTheBase(Storage storage) {
        PackedTokens batch = batch(TIED);
        try (Qwen2Model model = model(TIED, storage, ALL, Engine.standard())) {
            float[] adapted = new LossGraph(model, 1, null).logProbs(batch);
            Map<String, INDArray> weights = new LinkedHashMap<>();
            Qwen2Tensors.of(TIED).keySet().forEach(name -> weights.put(name, model.frozen().read(name)));
            try (Qwen2Model base = new Qwen2Model(TIED, weights); Qwen2Model bare = model.withAdapter(null)) {
                float[] expected = new LossGraph(base, 1, null).logProbs(batch);
                assertArrayEquals(expected, new LossGraph(bare, 1, null).logProbs(batch), 2e-5f);
                assertFalse(Arrays.equals(expected, adapted));
            }
            // The other model was closed; this one's weights are still there.
            assertArrayEquals(adapted, new LossGraph(model, 1, null).logProbs(batch));
        }
    }

    @Test
    void aFreshAdapterChangesNothing() {
        PackedTokens batch = batch(TIED);
        FrozenWeights frozen = FrozenWeights.of(TIED, source(TIED), Storage.FP32);
        try (Qwen2Model model = Qwen2Model.adapted(TIED, frozen, Adapter.fresh(TIED, ALL, 5), Engine.standard());
                Qwen2Model bare = model.withAdapter(null)) {
            assertArrayEquals(new LossGraph(bare, 1, null).logProbs(batch), new LossGraph(model, 1, null).logProbs(batch));
            INDArray a = model.trainable().get("base_model.model.model.layers.1.mlp.down_proj.lora_A.weight");
            assertArrayEquals(new long[] {4, 48}, a.shape());
            double limit = 1 / Math.sqrt(48);
            assertTrue(a.maxNumber().doubleValue() <= limit && a.maxNumber().doubleValue() > 0.8 * limit, "evenly distributed to the limit");
        }
    }

    @Test
    void dropoutIsOfThePlaceInTheRunAndTheSameWhereALayerIsComputedAgain() {
        PackedTokens batch = batch(TIED);
        try (Qwen2Model model = model(TIED, Storage.FP32, ALL, Engine.standard())) {
            LossGraph kept = graph(model, Rematerialisation.OFF);
            LossGraph again = graph(model, Rematerialisation.EVERY_LAYER);
            Map<String, INDArray> first = gradients(kept, model, batch, 1, 0);
            Map<String, INDArray> other = gradients(kept, model, batch, 1, 1);
            gradients(again, model, batch, 2, 0);
            Map<String, INDArray> recomputed = gradients(again, model, batch, 1, 0);
            String name = "base_model.model.model.layers.0.mlp.up_proj.lora_B.weight";
            assertFalse(first.get(name).equals(other.get(name)), "another sequence of the step draws anew");
            first.forEach((matrix, gradient) -> assertArrayEquals(gradient.data().asFloat(), recomputed.get(matrix).data().asFloat(), matrix));
        }
    }

    @Test
    void fewModulesAreEnoughAndNothingElseHasAGradient() {
        PeftConfig few = PeftConfig.of("base", 2, 2, 0, List.of("v_proj", "q_proj"));
        try (Qwen2Model model = model(TIED, Storage.INT8, few, Engine.standard())) {
            Map<String, INDArray> gradients = gradients(graph(model, Rematerialisation.OFF), model, batch(TIED), 1, 0);
            assertEquals(2 * 2 * 2, gradients.size());
            gradients.forEach((name, gradient) -> assertTrue(gradient.norm2Number().doubleValue() > 0, name));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void bf16ProductsStayNearFp32(Storage storage) {
        assumeTrue(OneDnn.problem().isEmpty() && OneDnn.hasBf16());
        Qwen2Config config = new Qwen2Config(128, 2, 4, 2, 320, 300, 64, 10000, 1e-6, false, Map.of());
        PackedTokens.Builder sequences = new PackedTokens.Builder();
        for (int length : new int[] {19, 2, 33}) {
            sequences.add(random.ints(length, 0, config.vocabSize()).toArray(), 1);
        }
        Map<String, INDArray> weights = TestModels.weights(config);
        weights.forEach((name, weight) -> weight.muli(weight.rank() == 1 ? 1 : 5 / Math.sqrt(weight.size(1))));
        Map<Precision, Map<String, INDArray>> gradients = new EnumMap<>(Precision.class);
        for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
            FrozenWeights frozen = FrozenWeights.of(config, name -> weights.get(name).dup('c'), storage);
            Adapter adapter = Adapter.fresh(config, ALL, 5);
            adapter.arrays().forEach((name, array) -> array.addi(direction(array.shape(), new Random(name.hashCode()))));
            try (Qwen2Model model = Qwen2Model.adapted(config, frozen, adapter, Engine.of(Engine.Choice.AUTO, precision))) {
                LossGraph graph = new LossGraph(model, 1, (sd, logProbs, entropy) -> logProbs.neg().mean("loss"));
                gradients.put(precision, gradients(graph, model, sequences.build(), 1, 0));
            }
        }
        gradients.get(Precision.FP32).forEach((name, exact) -> {
            double distance = exact.distance2(gradients.get(Precision.BF16).get(name)) / exact.norm2Number().doubleValue();
            // As where all weights are trained, and the branch's own two products in bf16 on top.
            assertTrue(distance <= 7e-2, name + ": distance " + distance + " of the norm");
        });
    }

    @Test
    void generationTakesTheMergedWeightsAndHearsOfChanges() {
        try (Qwen2Model model = model(TIED, Storage.BF16, ALL, Engine.of(Engine.Choice.ND4J, Precision.FP32))) {
            String name = "model.layers.1.mlp.down_proj.weight";
            assertArrayEquals(merged(model, name).toFloatMatrix(), model.generationWeights().arrays().get(name).toFloatMatrix());
            model.trainable().get("base_model.model.model.layers.1.mlp.down_proj.lora_B.weight").muli(3);
            model.weightsChanged();
            assertArrayEquals(merged(model, name).toFloatMatrix(), model.generationWeights().arrays().get(name).toFloatMatrix());
        }
    }

    @Test
    void bf16RoundsToTheNearestAndInt8WithinHalfAStep() {
        Map<String, INDArray> weights = TestModels.weights(TIED);
        String name = "model.layers.0.mlp.gate_proj.weight";
        INDArray exact = weights.get(name);
        FrozenWeights bf16 = FrozenWeights.of(TIED, w -> weights.get(w).dup('c'), Storage.BF16);
        FrozenWeights int8 = FrozenWeights.of(TIED, w -> weights.get(w).dup('c'), Storage.INT8);
        for (long row = 0; row < exact.rows(); row++) {
            double step = exact.getRow(row).amaxNumber().doubleValue() / 127;
            for (long i = 0; i < exact.columns(); i++) {
                double value = exact.getDouble(row, i);
                assertEquals(value, bf16.read(name).getDouble(row, i), Math.abs(value) * 0x1p-8);
                assertEquals(value, int8.read(name).getDouble(row, i), 0.501 * step);
            }
        }
        assertEquals(DataType.FLOAT, int8.arrays().get("model.norm.weight").dataType());
        assertEquals(DataType.BFLOAT16, int8.arrays().get("model.embed_tokens.weight").dataType());
    }

    private Qwen2Model model(Qwen2Config config, Storage storage, PeftConfig peft, Engine engine) {
        Adapter adapter = Adapter.fresh(config, peft, 5);
        Random values = new Random(2);
        adapter.arrays().forEach((name, array) -> {
            for (long i = 0; i < array.length(); i++) {
                array.data().put(i, 0.2 * values.nextGaussian());
            }
        });
        return Qwen2Model.adapted(config, FrozenWeights.of(config, source(config), storage), adapter, engine);
    }

    private static INDArray merged(Qwen2Model model, String name) {
        INDArray weight = model.frozen().read(name);
        model.adapter().orElseThrow().mergeInto(weight, name);
        return weight;
    }

    private static WeightSource source(Qwen2Config config) {
        Map<String, INDArray> weights = TestModels.weights(config);
        return weights::get;
    }

    private static LossGraph graph(Qwen2Model model, Rematerialisation how) {
        return new LossGraph(model, 0.9, (sd, logProbs, entropy) -> logProbs.neg().mean().sub("loss", entropy.mean().mul(0.3)), how);
    }

    private Map<String, INDArray> gradients(LossGraph graph, Qwen2Model model, PackedTokens batch, int step, int first) {
        Map<String, INDArray> gradients = zeros(model);
        graph.place(step, IntStream.range(first, first + batch.sequences()).toArray());
        graph.gradients(batch, Map.of(), gradients, false);
        return gradients;
    }

    /** With the dropout of the graph's place. */
    private static double loss(LossGraph graph, Qwen2Model model, PackedTokens batch) {
        return graph.gradients(batch, Map.of(), zeros(model), false, "loss").get("loss").getDouble(0);
    }

    private static Map<String, INDArray> zeros(Qwen2Model model) {
        Map<String, INDArray> zeros = new LinkedHashMap<>();
        model.trainable().forEach((name, matrix) -> zeros.put(name, Nd4j.zeros(DataType.FLOAT, matrix.shape())));
        return zeros;
    }

    private PackedTokens batch(Qwen2Config config) {
        Random ids = new Random(4);
        return new PackedTokens.Builder()
                .add(ids.ints(6, 0, config.vocabSize()).toArray(), 2)
                .add(ids.ints(9, 0, config.vocabSize()).toArray(), 1)
                .build();
    }

    private INDArray direction(long... shape) {
        return direction(shape, random);
    }

    private static INDArray direction(long[] shape, Random random) {
        INDArray direction = Nd4j.createUninitialized(DataType.FLOAT, shape);
        for (long i = 0; i < direction.length(); i++) {
            direction.data().put(i, random.nextGaussian());
        }
        return direction.divi(direction.norm2Number());
    }
}
