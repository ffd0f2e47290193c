package thinkj.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import thinkj.io.Json;
import thinkj.io.UserError;

/**
 * {@code adapter_config.json} of a low-rank adapter (LoRA), as PEFT writes it. What it can ask for beyond the plain method is refused by
 * name, not passed over.
 *
 * @param baseModel {@code base_model_name_or_path}: a folder, or a name that its writer knew
 * @param rank r
 * @param alpha {@code lora_alpha}
 * @param dropout {@code lora_dropout}
 * @param targetModules of {@link #MODULES}, in the file's order
 * @param rankStabilised {@code use_rslora}: α is divided by √r
 * @param text the file
 */
public record PeftConfig(
        String baseModel, int rank, double alpha, double dropout, List<String> targetModules, boolean rankStabilised, String text) {
    static final String FILE = "adapter_config.json";

    /** The projections of a layer. */
    public static final List<String> MODULES = List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    private static final String ALL = "all-linear";

    /** Read elsewhere here, or without meaning for what is computed. */
    private static final Set<String> KNOWN = Set.of("peft_type", "task_type", "base_model_name_or_path", "r", "lora_alpha", "lora_dropout",
            "target_modules", "use_rslora", "bias", "init_lora_weights", "inference_mode", "auto_mapping", "revision", "megatron_core",
            "qalora_group_size", "peft_version");

    /** Begin {@code init_lora_weights} where PEFT has changed the base as well. */
    private static final List<String> BASE_CHANGED = List.of("pissa", "olora", "loftq", "corda");

    /** For a new adapter. */
    public static PeftConfig of(String baseModel, int rank, double alpha, double dropout, List<String> targetModules) {
        Map<String, Object> fields = new TreeMap<>();
        for (String name : List.of("auto_mapping", "layers_pattern", "layers_to_transform", "modules_to_save", "revision")) {
            fields.put(name, null);
        }
        for (String name : List.of("fan_in_fan_out", "use_dora", "use_rslora")) {
            fields.put(name, false);
        }
        fields.put("alpha_pattern", Map.of());
        fields.put("rank_pattern", Map.of());
        fields.put("base_model_name_or_path", baseModel);
        fields.put("bias", "none");
        fields.put("inference_mode", true);
        fields.put("init_lora_weights", true);
        fields.put("lora_alpha", whole(alpha));
        fields.put("lora_dropout", dropout);
        fields.put("peft_type", "LORA");
        fields.put("r", rank);
        fields.put("target_modules", targetModules);
        fields.put("task_type", "CAUSAL_LM");
        return new PeftConfig(baseModel, rank, alpha, dropout, List.copyOf(targetModules), false, pythons(Json.MAPPER.valueToTree(fields)));
    }

    /** α without a fraction is written without one, as PEFT's users give it. */
    private static Number whole(double alpha) {
        return alpha == Math.rint(alpha) && Math.abs(alpha) < Integer.MAX_VALUE ? (Number) (int) alpha : (Number) alpha;
    }

    /** As {@code json.dumps(…, indent=2)} has it. */
    private static String pythons(ObjectNode fields) {
        Separators separators = Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withArrayEmptySeparator("")
                .withObjectEmptySeparator("");
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(separators).withObjectIndenter(lines).withArrayIndenter(lines);
        try {
            return Json.MAPPER.writer(printer).writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON", e);
        }
    }

    /** What multiplies {@code b·a}. */
    public double scale() {
        return alpha / (rankStabilised ? Math.sqrt(rank) : rank);
    }

    /** Reads and checks a file; one error lists everything that is wrong. */
    static PeftConfig read(Path file, String text) {
        return new Reader(file, text).read();
    }

    /** Notes what is wrong while it reads. */
    private static final class Reader {
        private final Path file;
        private final String text;
        private final List<String> problems = new ArrayList<>();
        private JsonNode json = JsonNodeFactory.instance.objectNode();

        Reader(Path file, String text) {
            this.file = file;
            this.text = text;
        }

        PeftConfig read() {
            json = Json.read(file);
            must("peft_type", "LORA");
            if (!isNothing("task_type")) {
                must("task_type", "CAUSAL_LM");
            }
            if (!isNothing("bias")) {
                must("bias", "none");
            }
            number("r", json.path("r").isInt() && json.path("r").asInt() >= 1, "a whole number of at least 1");
            number("lora_alpha", json.path("lora_alpha").isNumber() && json.path("lora_alpha").asDouble() > 0, "a number above 0");
            double dropout = json.path("lora_dropout").asDouble(0);
            number("lora_dropout", dropout >= 0 && dropout < 1, "at least 0 and below 1");
            initialisation();
            json.properties().forEach(field -> {
                if (!KNOWN.contains(field.getKey()) && !isNothing(field.getKey())) {
                    problems.add(field.getKey() + ": " + field.getValue() + ", is not supported");
                }
            });
            List<String> modules = modules();
            if (!problems.isEmpty()) {
                throw new UserError(file + ": the adapter cannot be imported:\n  " + String.join("\n  ", problems));
            }
            return new PeftConfig(json.path("base_model_name_or_path").asText(""), json.get("r").asInt(), json.get("lora_alpha").asDouble(),
                    dropout, modules, json.path("use_rslora").asBoolean(), text);
        }

        private boolean isNothing(String key) {
            JsonNode value = json.path(key);
            return value.isMissingNode() || value.isNull() || value.isBoolean() && !value.asBoolean() || value.isContainerNode() && value.isEmpty();
        }

        private void must(String key, String word) {
            if (!json.path(key).asText().equals(word)) {
                problems.add(key + ": " + json.path(key) + ", must be \"" + word + "\"");
            }
        }

        private void number(String key, boolean good, String rule) {
            if (!good) {
                problems.add(key + ": " + json.path(key) + ", must be " + rule);
            }
        }

        private void initialisation() {
            String way = json.path("init_lora_weights").asText("");
            if (BASE_CHANGED.stream().anyMatch(way::startsWith)) {
                problems.add("init_lora_weights: \"" + way + "\", is not supported: it changes the base, too");
            }
        }

        private List<String> modules() {
            JsonNode given = json.path("target_modules");
            if (given.asText().equals(ALL)) {
                return MODULES;
            }
            List<String> modules = new ArrayList<>();
            given.forEach(module -> modules.add(module.asText()));
            if (!given.isArray() || modules.isEmpty() || !MODULES.containsAll(modules)) {
                problems.add("target_modules: " + given + ", must be a list of " + String.join(", ", MODULES));
            }
            return List.copyOf(modules);
        }
    }
}
