package thinkj.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.Golden;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.ops.Linear;
import thinkj.runtime.Rematerialisation;

/** The model against transformers' Qwen2 (fp32, eager attention) on the golden checkpoints, where the attention mask is 1. */
@Tag("golden")
class Qwen2GoldenTest {
    /** Norm-wise; recomputing the goldens by other means moves them by less than 3·10⁻⁶. */
    private static final double RELATIVE = 1e-4;

    /** Absolute, as the fixtures suggest. */
    private static final double LOG_PROB = 5e-5;

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tiny-tied", "qwen2-tiny-untied"})
    void logitsOfEveryInput(String folder) {
        try (Qwen2Model model = model(folder)) {
            inputs(folder).forEach((name, input) -> {
                float[] logits = run(model, batch(input), "logits").get("logits");
                compare(folder + "/" + name + " logits", realRows(input, Golden.tensor(folder, input.get("logits"))), logits);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tiny-tied", "qwen2-tiny-untied"})
    void logitsOfEveryInputOverACache(String folder) {
        try (Qwen2Model model = model(folder)) {
            inputs(folder).forEach((name, input) -> {
                PackedTokens batch = batch(input);
                float[] logits = decoded(model, batch);
                compare(folder + "/" + name + " cached logits", realRows(input, Golden.tensor(folder, input.get("logits"))), logits);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tiny-tied", "qwen2-tiny-untied"})
    void hiddenStatesOfEveryLayer(String folder) {
        JsonNode input = Golden.json(folder + "/golden.json").get("inputs").get("single");
        JsonNode raw = input.get("layer_outputs_raw");
        JsonNode hidden = input.get("hidden_states_hf");
        List<String> names = new ArrayList<>(List.of("model.embed_tokens", "model.norm"));
        for (int layer = 0; layer < raw.size(); layer++) {
            names.add("model.layers." + layer);
        }
        try (Qwen2Model model = model(folder)) {
            Map<String, float[]> values = run(model, batch(input), names.toArray(String[]::new));
            String name = folder + "/single ";
            compare(name + "embeddings", Golden.tensor(folder, hidden.get(0)).doubles(), values.get("model.embed_tokens"));
            compare(name + "last", Golden.tensor(folder, hidden.get(hidden.size() - 1)).doubles(), values.get("model.norm"));
            for (int layer = 0; layer < raw.size(); layer++) {
                compare(name + "layer " + layer, Golden.tensor(folder, raw.get(layer)).doubles(), values.get("model.layers." + layer));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tiny-tied", "qwen2-tiny-untied"})
    void rotaryTable(String folder) {
        JsonNode input = Golden.json(folder + "/golden.json").get("inputs").get("single");
        try (Qwen2Model model = model(folder)) {
            RotaryTable table = new RotaryTable(model.config());
            int[] positions = batch(input).positions();
            compare(folder + " cos", firstHalves(Golden.tensor(folder, input.get("rope_cos"))), table.cos(positions));
            compare(folder + " sin", firstHalves(Golden.tensor(folder, input.get("rope_sin"))), table.sin(positions));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tiny-tied", "qwen2-tiny-untied"})
    void logProbsOfLabels(String folder) {
        try (Qwen2Model model = model(folder)) {
            LossGraph graph = new LossGraph(model, 1, null);
            inputs(folder).forEach((name, input) -> {
                float[] actual = graph.logProbs(batch(input));
                double[] expected = labelled(input);
                assertEquals(expected.length, actual.length, name);
                double worst = 0;
                double sum = 0;
                for (int i = 0; i < actual.length; i++) {
                    worst = Math.max(worst, Math.abs(expected[i] - actual[i]));
                    sum -= actual[i];
                }
                report(folder + "/" + name + " label log-probs, absolute", worst);
                assertTrue(worst <= LOG_PROB, name + ": " + worst);
                assertEquals(input.get("loss_hf_labels").asDouble(), sum / actual.length, 1e-5, name);
            });
        }
    }

    private static Qwen2Model model(String folder) {
        HfCheckpoint checkpoint = HfCheckpoint.open(Golden.path(folder));
        return new Qwen2Model(checkpoint.config(), checkpoint.load());
    }

    private static Map<String, JsonNode> inputs(String folder) {
        Map<String, JsonNode> inputs = new LinkedHashMap<>();
        Golden.json(folder + "/golden.json").get("inputs").properties().forEach(e -> inputs.put(e.getKey(), e.getValue()));
        return inputs;
    }

    /** The real tokens of a padded batch, with the positions that the original gave them, and its labels as targets. */
    private static PackedTokens batch(JsonNode input) {
        PackedTokens.Builder packed = new PackedTokens.Builder();
        for (int b = 0; b < input.get("input_ids").size(); b++) {
            int[] real = real(input, b);
            int[] ids = new int[real.length];
            int[] positions = new int[real.length];
            boolean[] scored = new boolean[real.length];
            for (int i = 0; i < real.length; i++) {
                ids[i] = input.get("input_ids").get(b).get(real[i]).asInt();
                positions[i] = input.has("position_ids") ? input.get("position_ids").get(b).get(real[i]).asInt() : real[i];
                scored[i] = input.get("labels").get(b).get(real[i]).asInt() != -100;
            }
            packed.add(ids, positions, scored);
        }
        return packed.build();
    }

    private static int[] real(JsonNode input, int b) {
        int length = input.get("input_ids").get(b).size();
        int[] columns = new int[length];
        int n = 0;
        for (int t = 0; t < length; t++) {
            if (!input.has("attention_mask") || input.get("attention_mask").get(b).get(t).asInt() == 1) {
                columns[n++] = t;
            }
        }
        return Arrays.copyOf(columns, n);
    }

    /** Rows of a [B, T, X] tensor at real tokens. */
    private static double[] realRows(JsonNode input, Golden.Tensor tensor) {
        int length = tensor.shape()[1];
        int width = tensor.shape()[2];
        List<double[]> rows = new ArrayList<>();
        for (int b = 0; b < tensor.shape()[0]; b++) {
            for (int t : real(input, b)) {
                int at = (b * length + t) * width;
                rows.add(Arrays.copyOfRange(tensor.doubles(), at, at + width));
            }
        }
        return rows.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    /** Golden log-probabilities of the labels that predictions exist for: a sequence's first real token has none. */
    private static double[] labelled(JsonNode input) {
        List<Double> values = new ArrayList<>();
        for (int b = 0; b < input.get("input_ids").size(); b++) {
            int[] real = real(input, b);
            for (int i = 1; i < real.length; i++) {
                if (input.get("labels").get(b).get(real[i]).asInt() != -100) {
                    values.add(input.get("label_logps").get(b).get(real[i]).asDouble());
                }
            }
        }
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static double[] firstHalves(Golden.Tensor table) {
        int width = table.shape()[2];
        List<Double> values = new ArrayList<>();
        for (int i = 0; i < table.doubles().length; i++) {
            if (i % width < width / 2) {
                values.add(table.doubles()[i]);
            }
        }
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static Map<String, float[]> run(Qwen2Model model, PackedTokens batch, String... outputs) {
        Qwen2Graph graph = new Qwen2Graph(model.config(), model.precision());
        Linear.of(graph.predicting(), graph.outputWeight()).rename("logits");
        int[] everyRow = new int[batch.tokens()];
        Arrays.setAll(everyRow, i -> i);
        InputArrays own = new InputArrays();
        Qwen2Graph.fill(own, batch, everyRow, new RotaryTable(model.config()));
        Map<String, INDArray> inputs = new LinkedHashMap<>(model.weights());
        inputs.putAll(own.arrays());
        Map<String, float[]> values = new LinkedHashMap<>();
        model.runner(graph.sameDiff(), Rematerialisation.OFF)
                .run(inputs, List.of(outputs))
                .forEach((name, value) -> values.put(name, value.data().asFloat()));
        return values;
    }

    /** Logits of every token, fed one by one to a cache that all sequences share. */
    private static float[] decoded(Qwen2Model model, PackedTokens batch) {
        int vocabulary = model.config().vocabSize();
        float[] logits = new float[batch.tokens() * vocabulary];
        int[] starts = batch.sequenceStarts();
        int blocks = (batch.tokens() + PagedModel.BLOCK - 1) / PagedModel.BLOCK;
        try (PagedModel paged = new PagedModel(model, batch.sequences() * blocks)) {
            for (int t = 0; t < batch.tokens(); t++) {
                int step = t;
                int[] live = IntStream.range(0, batch.sequences()).filter(s -> starts[s] + step < starts[s + 1]).toArray();
                if (live.length == 0) {
                    break;
                }
                List<PagedModel.Piece> pieces = Arrays.stream(live)
                        .mapToObj(s -> new PagedModel.Piece(
                                new int[] {batch.ids()[starts[s] + step]}, step, IntStream.range(s * blocks, (s + 1) * blocks).toArray(), true))
                        .toList();
                float[] rows = paged.step(pieces).data().asFloat();
                for (int i = 0; i < live.length; i++) {
                    System.arraycopy(rows, i * vocabulary, logits, (starts[live[i]] + t) * vocabulary, vocabulary);
                }
            }
        }
        return logits;
    }

    private static void compare(String what, double[] expected, float[] actual) {
        assertEquals(expected.length, actual.length, what);
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += (expected[i] - actual[i]) * (expected[i] - actual[i]);
            norm += expected[i] * expected[i];
        }
        double relative = Math.sqrt(error / norm);
        report(what + ", relative", relative);
        assertTrue(relative <= RELATIVE, what + ": relative error " + relative);
    }

    private static void report(String what, double error) {
        System.out.printf("golden %s: %.2e%n", what, error);
    }
}
