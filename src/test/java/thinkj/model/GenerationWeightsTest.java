package thinkj.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.device.Usage;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.kernels.onednn.OneDnn;
import thinkj.runtime.Rematerialisation;

/** The same weights, trained in fp32 or read for generation alone, in every precision, against fp32 by ND4J. */
class GenerationWeightsTest {
    private static final int[] PROMPT = IntStream.range(0, 21).map(i -> 7 * i % 131).toArray();

    private final List<Qwen2Model> models = new ArrayList<>();

    @BeforeEach
    void needsOneDnn() {
        assumeTrue(OneDnn.hasBf16(), "needs oneDNN and AVX-512");
    }

    @AfterEach
    void close() {
        models.forEach(Qwen2Model::close);
    }

    static Stream<Arguments> precisions() {
        return Stream.of(Precision.values()).flatMap(precision -> Stream.of(true, false).map(tied -> Arguments.of(precision, tied)));
    }

    private static Qwen2Config config(boolean tied) {
        return new Qwen2Config(60, 2, 6, 3, 77, 131, 256, 10000, 1e-6, tied, Map.of());
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void logitsAreThoseOfTheFp32Model(Precision precision, boolean tied) {
        Qwen2Config config = config(tied);
        Qwen2Model reference = keep(new Qwen2Model(config, TestModels.weights(config), Engine.of(Engine.Choice.ND4J, Precision.FP32)));
        INDArray expected = logits(reference);
        Qwen2Model trained = keep(new Qwen2Model(config, TestModels.weights(config), Engine.of(Engine.Choice.ONEDNN, Precision.FP32)));
        INDArray sampled = logits(keep(trained.withEngine(Engine.of(Engine.Choice.ONEDNN, precision))));
        INDArray read = logits(keep(Qwen2Model.forGeneration(config, TestModels.weights(config)::get, Engine.of(Engine.Choice.ONEDNN, precision))));
        double tolerance = tolerance(precision);
        assertClose(expected, sampled, tolerance);
        assertClose(expected, read, tolerance);
        // What is read for generation alone has its embeddings in bf16, which is a rounding more.
        assertClose(sampled, read, precision == Precision.FP32 ? 1e-5 : 2e-2);
    }

    @Test
    void whatIsReadIsReadOnceAndGivenBack() {
        for (boolean tied : new boolean[] {true, false}) {
            Qwen2Config config = config(tied);
            Map<String, INDArray> weights = TestModels.weights(config);
            Map<String, INDArray> left = new LinkedHashMap<>(weights);
            Qwen2Model model = keep(Qwen2Model.forGeneration(config, left::remove, Engine.of(Engine.Choice.ONEDNN, Precision.BF16)));
            logits(model);
            logits(model);
            assertEquals(Map.of(), left);
            weights.forEach((name, weight) -> assertEquals(!name.endsWith("norm.weight"), weight.wasClosed(), name));
            assertThrows(IllegalStateException.class, model::weights);
            model.close();
            weights.forEach((name, weight) -> assertTrue(weight.wasClosed(), name));
            models.clear();
        }
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void changedWeightsAreSeenByEveryEngine(Precision precision, boolean tied) {
        Qwen2Config config = config(tied);
        Qwen2Model trained = keep(new Qwen2Model(config, TestModels.weights(config), Engine.of(Engine.Choice.ONEDNN, Precision.FP32)));
        Qwen2Model sampler = keep(trained.withEngine(Engine.of(Engine.Choice.ONEDNN, precision)));
        try (PagedModel paged = new PagedModel(sampler, 1)) {
            INDArray before = step(paged);
            Map<String, INDArray> arrays = sampler.generationWeights().arrays();
            assertEquals(before, step(paged));
            assertSame(arrays, sampler.generationWeights().arrays());
            trained.weights().get("model.norm.weight").muli(2);
            trained.weights().get("model.layers.1.mlp.down_proj.weight").muli(0.5);
            trained.weightsChanged();
            INDArray after = step(paged);
            assertClose(logits(trained), after, tolerance(precision));
            assertTrue(after.sub(before).norm2Number().doubleValue() > 0.5 * before.norm2Number().doubleValue());
        }
        sampler.close();
        models.remove(sampler);
        trained.weights().forEach((name, weight) -> assertFalse(weight.wasClosed(), name));
    }

    @Test
    void fp32SamplingHasNoSecondCopy() {
        Qwen2Config config = config(true);
        Qwen2Model trained = keep(new Qwen2Model(config, TestModels.weights(config), Engine.of(Engine.Choice.ONEDNN, Precision.FP32)));
        Map<String, INDArray> arrays = trained.generationWeights().arrays();
        arrays.forEach((name, array) -> {
            if (!name.contains("qkv_proj")) {
                assertSame(trained.weights().get(name.equals("lm_head.weight") ? "model.embed_tokens.weight" : name), array);
            }
        });
        long joined = arrays.get("model.layers.0.self_attn.qkv_proj.weight").length() * config.numHiddenLayers() * Float.BYTES;
        assertEquals(joined, new MemoryNeeds(config).samplingWeights());
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void memoryIsWhatIsSaid(Precision precision, boolean tied) {
        // Wide enough that padding to blocks, norms and biases are a few percent.
        Qwen2Config config = new Qwen2Config(512, 2, 8, 2, 1024, 4096, 256, 10000, 1e-6, tied, Map.of());
        Map<String, INDArray> weights = TestModels.weights(config);
        Qwen2Model model = keep(Qwen2Model.forGeneration(config, weights::get, Engine.of(Engine.Choice.ONEDNN, precision)));
        long bytes = model.generationWeights().arrays().values().stream().mapToLong(array -> array.length() * array.dataType().width()).sum();
        long said = new MemoryNeeds(config, precision, Rematerialisation.OFF).generationWeights();
        assertEquals(1.0, (double) said / bytes, 0.02);
    }

    @Test
    void nothingIsResidentBeforeItIsRead() {
        assumeTrue(Usage.forgetPeakResident(), "needs Linux with clear_refs");
        // The layers' packed weights take more than the embedding does in fp32, which is read first and then closed.
        Qwen2Config config = new Qwen2Config(512, 6, 8, 2, 6144, 40_000, 256, 10000, 1e-6, true, Map.of());
        Map<String, long[]> shapes = Qwen2Tensors.of(config);
        long embedding = 40_000L * 512 * Float.BYTES;
        long said = new MemoryNeeds(config, Precision.BF16, Rematerialisation.OFF).generationWeights();
        long before = Usage.resident();
        Usage.forgetPeakResident();
        WeightSource source = name -> Nd4j.create(DataType.FLOAT, shapes.get(name));
        keep(Qwen2Model.forGeneration(config, source, Engine.of(Engine.Choice.ONEDNN, Precision.BF16))).generationWeights().arrays();
        long taken = Usage.peakResident().orElseThrow() - before;
        assertTrue(taken > 0.8 * said && taken < said + embedding / 2, taken + " for " + said);
    }

    /**
     * fp32: another order of sums. bf16 has eight bits, and some twenty roundings on the way; int8's steps are a 127th of a row's largest
     * weight, which is three times as large as most: four times as coarse.
     */
    private static double tolerance(Precision precision) {
        return switch (precision) {
            case FP32 -> 1e-5;
            case BF16 -> 2.5e-2;
            case INT8 -> 1e-1;
        };
    }

    private Qwen2Model keep(Qwen2Model model) {
        models.add(0, model);
        return model;
    }

    private static INDArray logits(Qwen2Model model) {
        try (PagedModel paged = new PagedModel(model, 1)) {
            return step(paged);
        }
    }

    private static INDArray step(PagedModel paged) {
        return paged.step(List.of(new PagedModel.Piece(PROMPT, 0, new int[] {0}, true))).dup();
    }

    private static void assertClose(INDArray expected, INDArray actual, double tolerance) {
        double off = expected.sub(actual).norm2Number().doubleValue() / expected.norm2Number().doubleValue();
        assertTrue(off <= tolerance, () -> "off by " + off);
    }
}
