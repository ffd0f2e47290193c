package thinkj.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.loss.SftLoss;
import thinkj.runtime.FaultSearch;

/** Where numbers that are not finite come from is told by the names of weights and modules. */
class FaultSearchTest {
    private static final Qwen2Config CONFIG = new Qwen2Config(32, 2, 4, 2, 48, 97, 128, 1e4, 1e-6, true, Map.of());
    private static final PackedTokens BATCH = new PackedTokens.Builder().add(new int[] {1, 2, 3, 4, 5}, 2).build();

    private static Qwen2Model model(Precision precision) {
        return new Qwen2Model(CONFIG, TestModels.weights(CONFIG), Engine.of(Engine.Choice.AUTO, precision));
    }

    private static Map<String, INDArray> arrays(Qwen2Model model) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        model.trainable().forEach((name, weight) -> arrays.put(name, Nd4j.create(DataType.FLOAT, weight.shape())));
        return arrays;
    }

    /** @param weight of every target in the loss */
    private static Optional<String> search(Qwen2Model model, float weight) {
        LossGraph graph = new LossGraph(model, 1, SftLoss::define);
        FaultSearch search = new FaultSearch();
        Map<String, INDArray> inputs = SftLoss.inputs(new float[] {weight, weight, weight}, 3);
        graph.search(search, () -> graph.gradients(BATCH, inputs, arrays(model), false, SftLoss.LOSS));
        return search.found();
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void aWeightIsToldByItsName(Precision precision) {
        try (Qwen2Model model = model(precision)) {
            model.weights().get("model.layers.1.mlp.down_proj.weight").putScalar(7, Float.NaN);
            model.weightsChanged();
            assertEquals(Optional.of("model.layers.1.mlp.down_proj.weight, which is not finite to begin with (1 of 1536 numbers)"), search(model, 1));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void whatOverflowsIsToldByItsModule(Precision precision) {
        for (String module : new String[] {
            "model.layers.0.self_attn.v_proj", "model.layers.1.self_attn.o_proj", "model.layers.1.mlp.up_proj", "model.layers.0.mlp.down_proj",
            "model.layers.1.post_attention_layernorm", "model.norm"
        }) {
            try (Qwen2Model model = model(precision)) {
                model.weights().get(module + ".weight").assign(3e38);
                model.weightsChanged();
                assertEquals(Optional.of(module + ", forward"), search(model, 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void whatOverflowsOnTheWayBackSaysSo(Precision precision) {
        try (Qwen2Model model = model(precision)) {
            model.weights().get("model.layers.1.mlp.down_proj.weight").muli(1e3);
            model.weightsChanged();
            assertEquals(Optional.empty(), search(model, 1), "finite as it is");
            assertEquals(Optional.of("the objective's multiply, forward"), search(model, 3e38f));
            String found = search(model, 1e37f).orElseThrow();
            assertTrue(found.matches("(lm_head|model\\.[a-z0-9_.]+), backward"), found);
        }
    }

    @Test
    void theBatchIsToldByTheNameOfItsInput() {
        try (Qwen2Model model = model(Precision.FP32)) {
            assertEquals(Optional.of("weights, which is not finite to begin with (3 of 3 numbers)"), search(model, Float.NaN));
        }
    }

    @Test
    void aRunThatIsWatchedGivesTheSameBits() {
        try (Qwen2Model model = model(Precision.FP32)) {
            LossGraph graph = new LossGraph(model, 1, SftLoss::define);
            Map<String, INDArray> inputs = SftLoss.inputs(new float[] {1, 1, 1}, 3);
            Map<String, INDArray> plain = arrays(model);
            graph.gradients(BATCH, inputs, plain, false, SftLoss.LOSS);
            Map<String, INDArray> watched = arrays(model);
            FaultSearch search = new FaultSearch();
            graph.search(search, () -> graph.gradients(BATCH, inputs, watched, false, SftLoss.LOSS));
            assertEquals(Optional.empty(), search.found());
            plain.forEach((name, gradient) -> assertArrayEquals(gradient.data().asFloat(), watched.get(name).data().asFloat(), name));
        }
    }
}
