package thinkj.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import thinkj.io.UserError;

/**
 * {@code config.json} ↔ {@link Qwen2Config}. What the model cannot compute (sliding windows, scaled rotary embeddings, quantisation,
 * dropout, other activations) is refused; absent fields have the defaults of HF's {@code Qwen2Config}, but for the sizes, which must be
 * stated.
 */
final class ConfigJson {
    private static final double DEFAULT_ROPE_THETA = 10_000.0;
    private static final double DEFAULT_RMS_NORM_EPS = 1e-6;
    private static final int DEFAULT_MAX_POSITIONS = 32_768;

    /** What is a component of the record. */
    private static final Set<String> COMPONENTS = Set.of("hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
            "intermediate_size", "vocab_size", "max_position_embeddings", "rope_theta", "rms_norm_eps", "tie_word_embeddings");

    private final JsonNode root;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, JsonNode> rest = new LinkedHashMap<>();

    private ConfigJson(JsonNode root) {
        this.root = root;
        root.properties().forEach(field -> rest.put(field.getKey(), field.getValue()));
        rest.keySet().removeAll(COMPONENTS);
    }

    /**
     * Checks a file's content and takes it over.
     *
     * @param origin the file's name, for messages
     */
    static Qwen2Config parse(JsonNode root, String origin) {
        if (!root.isObject()) {
            throw new UserError(origin + ": a JSON object was expected");
        }
        return new ConfigJson(root).parse(origin);
    }

    /** Ids of a field that is a number, a list of numbers, null or absent. */
    static List<Integer> ids(JsonNode node) {
        List<Integer> ids = new ArrayList<>();
        if (node != null && node.isArray()) {
            node.forEach(id -> ids.add(id.asInt()));
        } else if (node != null && !node.isNull()) {
            ids.add(node.asInt());
        }
        return List.copyOf(ids);
    }

    /** Whether a node is what {@link #ids} takes. */
    static boolean isIds(JsonNode node) {
        if (node == null || node.isNull() || node.isInt()) {
            return true;
        }
        boolean ints = node.isArray();
        for (JsonNode id : node) {
            ints &= id.isInt();
        }
        return ints;
    }

    /** The file's content, fields sorted by name as HF writes them. */
    static ObjectNode write(Qwen2Config config, Dtype dtype) {
        JsonNodeFactory make = JsonNodeFactory.instance;
        Map<String, JsonNode> fields = new TreeMap<>(config.otherFields());
        fields.put("architectures", make.arrayNode().add(Qwen2Tensors.ARCHITECTURE));
        fields.put("model_type", make.textNode("qwen2"));
        fields.putIfAbsent("hidden_act", make.textNode("silu"));
        fields.putIfAbsent("use_sliding_window", make.booleanNode(false));
        fields.put("hidden_size", make.numberNode(config.hiddenSize()));
        fields.put("num_hidden_layers", make.numberNode(config.numHiddenLayers()));
        fields.put("num_attention_heads", make.numberNode(config.numAttentionHeads()));
        fields.put("num_key_value_heads", make.numberNode(config.numKeyValueHeads()));
        fields.put("intermediate_size", make.numberNode(config.intermediateSize()));
        fields.put("vocab_size", make.numberNode(config.vocabSize()));
        fields.put("max_position_embeddings", make.numberNode(config.maxPositionEmbeddings()));
        fields.put("rope_theta", make.numberNode(config.ropeTheta()));
        fields.put("rms_norm_eps", make.numberNode(config.rmsNormEps()));
        fields.put("tie_word_embeddings", make.booleanNode(config.tieWordEmbeddings()));
        fields.put("torch_dtype", make.textNode(dtype.torchName()));
        if (fields.containsKey("dtype")) {
            fields.put("dtype", make.textNode(dtype.torchName()));
        }
        ObjectNode root = make.objectNode();
        root.setAll(fields);
        return root;
    }

    private Qwen2Config parse(String origin) {
        architecture();
        unsupported();
        tokenIds();
        int hidden = size("hidden_size");
        int layers = size("num_hidden_layers");
        int heads = size("num_attention_heads");
        int keyValueHeads = size("num_key_value_heads");
        int intermediate = size("intermediate_size");
        int vocabulary = size("vocab_size");
        int positions = absent("max_position_embeddings") ? DEFAULT_MAX_POSITIONS : size("max_position_embeddings");
        double theta = ropeTheta();
        double eps = number("rms_norm_eps", DEFAULT_RMS_NORM_EPS);
        boolean tied = flag("tie_word_embeddings", false);
        if (hidden > 0 && heads > 0 && !absent("head_dim") && root.get("head_dim").asDouble() * heads != hidden) {
            problems.add("head_dim is " + root.get("head_dim") + ": Qwen2's head size is hidden_size / num_attention_heads, "
                    + (double) hidden / heads);
        }
        Qwen2Config config = null;
        try {
            config = new Qwen2Config(hidden, layers, heads, keyValueHeads, intermediate, vocabulary, positions, theta, eps, tied, rest);
        } catch (IllegalArgumentException e) {
            // A size that is missing or no number was reported as such and stands as 1 here.
            problems.addAll(List.of(e.getMessage().split("\n")));
        }
        if (!problems.isEmpty()) {
            throw new UserError(origin + " cannot be used:\n  " + String.join("\n  ", problems));
        }
        return config;
    }

    private void architecture() {
        JsonNode type = root.get("model_type");
        if (type == null || !"qwen2".equals(type.asText())) {
            problems.add("model_type is " + type + ": must be \"qwen2\"");
        }
        JsonNode architectures = root.path("architectures");
        if (!absent("architectures")
                && !(architectures.size() == 1 && Qwen2Tensors.ARCHITECTURE.equals(architectures.get(0).asText()))) {
            problems.add("architectures is " + architectures + ": must be [\"" + Qwen2Tensors.ARCHITECTURE + "\"]");
        }
        String activation = root.path("hidden_act").asText("silu");
        if (!"silu".equals(activation)) {
            problems.add("hidden_act is \"" + activation + "\": must be \"silu\"");
        }
    }

    private void unsupported() {
        if (flag("use_sliding_window", false)) {
            problems.add("use_sliding_window is true: sliding windows are not supported, set it to false");
        }
        JsonNode layerTypes = root.path("layer_types");
        for (JsonNode type : layerTypes) {
            if (!"full_attention".equals(type.asText())) {
                problems.add("layer_types holds " + type + ": must be \"full_attention\" throughout");
                break;
            }
        }
        for (String field : List.of("rope_scaling", "rope_parameters")) {
            JsonNode scaling = root.path(field);
            String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
            if (scaling.isObject() && !"default".equals(type)) {
                problems.add(field + " is of type \"" + type + "\": only the plain rotary embedding is supported, set it to null");
            }
        }
        if (number("attention_dropout", 0) != 0) {
            problems.add("attention_dropout is " + root.get("attention_dropout") + ": must be 0");
        }
        if (!absent("quantization_config")) {
            problems.add("quantization_config is set: quantised checkpoints are not supported, use the one in bf16");
        }
    }

    private void tokenIds() {
        for (String field : List.of("eos_token_id", "bos_token_id", "pad_token_id")) {
            if (!isIds(root.get(field))) {
                problems.add(field + " is " + root.get(field) + ": must be an id" + ("eos_token_id".equals(field) ? " or a list of ids" : ""));
            }
        }
    }

    /** Newer files keep the base in {@code rope_parameters}. */
    private double ropeTheta() {
        JsonNode newer = root.path("rope_parameters").path("rope_theta");
        if (absent("rope_theta") && newer.isNumber()) {
            return newer.asDouble();
        }
        return number("rope_theta", DEFAULT_ROPE_THETA);
    }

    private boolean absent(String field) {
        return root.path(field).isMissingNode() || root.path(field).isNull();
    }

    private int size(String field) {
        JsonNode node = root.get(field);
        if (absent(field)) {
            problems.add(field + " is missing");
            return 1;
        }
        if (!node.isInt()) {
            problems.add(field + " is " + node + ": must be a whole number");
            return 1;
        }
        return node.asInt();
    }

    private double number(String field, double absentValue) {
        JsonNode node = root.get(field);
        if (absent(field)) {
            return absentValue;
        }
        if (!node.isNumber()) {
            problems.add(field + " is " + node + ": must be a number");
            return absentValue;
        }
        return node.asDouble();
    }

    private boolean flag(String field, boolean absentValue) {
        JsonNode node = root.get(field);
        if (absent(field)) {
            return absentValue;
        }
        if (!node.isBoolean()) {
            problems.add(field + " is " + node + ": must be true or false");
            return absentValue;
        }
        return node.asBoolean();
    }
}
