package thinkj.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.io.Json;
import thinkj.io.UserError;

/**
 * {@code generation_config.json}: what the checkpoint's makers sample with. Absent fields hold the neutral value.
 *
 * @param eosTokenIds ids that end a text
 * @param padTokenId id that fills finished rows, −1 where none is stated
 * @param doSample false: greedy
 * @param temperature divides the logits; 1 is neutral
 * @param topK 0 is off
 * @param topP 1 is off
 * @param repetitionPenalty 1 is off; applies to greedy decoding too
 * @param otherFields the file's remaining fields, kept on export
 */
public record GenerationConfig(
        List<Integer> eosTokenIds,
        int padTokenId,
        boolean doSample,
        double temperature,
        int topK,
        double topP,
        double repetitionPenalty,
        Map<String, JsonNode> otherFields) {

    /** The file's name. */
    public static final String FILE = "generation_config.json";

    public GenerationConfig {
        eosTokenIds = List.copyOf(eosTokenIds);
        otherFields = Collections.unmodifiableMap(new LinkedHashMap<>(otherFields));
    }

    public GenerationConfig(
            List<Integer> eosTokenIds, int padTokenId, boolean doSample, double temperature, int topK, double topP, double repetitionPenalty) {
        this(eosTokenIds, padTokenId, doSample, temperature, topK, topP, repetitionPenalty, Map.of());
    }

    /** Greedy, without a penalty, ended by these ids. */
    public static GenerationConfig neutral(List<Integer> eosTokenIds, int padTokenId) {
        return new GenerationConfig(eosTokenIds, padTokenId, false, 1, 0, 1, 1);
    }

    /** Reads a checkpoint folder's file; where there is none, everything is neutral and the ids are those of {@code config.json}. */
    public static GenerationConfig read(Path folder, Qwen2Config config) {
        JsonNode configPad = config.otherFields().get("pad_token_id");
        int pad = configPad == null || configPad.isNull() ? -1 : configPad.asInt();
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return neutral(config.eosTokenIds(), pad);
        }
        JsonNode root = Json.read(file);
        List<String> problems = new ArrayList<>();
        Map<String, JsonNode> rest = new LinkedHashMap<>();
        root.properties().forEach(field -> rest.put(field.getKey(), field.getValue()));
        if (!ConfigJson.isIds(root.get("eos_token_id"))) {
            problems.add("eos_token_id is " + root.get("eos_token_id") + ": must be an id or a list of ids");
        }
        List<Integer> eos = ConfigJson.ids(rest.remove("eos_token_id"));
        GenerationConfig read = new GenerationConfig(
                eos.isEmpty() ? config.eosTokenIds() : eos,
                (int) number(problems, rest, "pad_token_id", pad, 0, Integer.MAX_VALUE),
                rest.containsKey("do_sample") && rest.remove("do_sample").asBoolean(),
                number(problems, rest, "temperature", 1, 0, Double.MAX_VALUE),
                (int) number(problems, rest, "top_k", 0, 0, Integer.MAX_VALUE),
                number(problems, rest, "top_p", 1, 0, 1),
                number(problems, rest, "repetition_penalty", 1, Double.MIN_VALUE, Double.MAX_VALUE),
                rest);
        if (!problems.isEmpty()) {
            throw new UserError(file + " cannot be used:\n  " + String.join("\n  ", problems));
        }
        return read;
    }

    /** The file's content. */
    ObjectNode toJson() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.setAll(otherFields);
        ArrayNode eos = JsonNodeFactory.instance.arrayNode();
        eosTokenIds.forEach(eos::add);
        root.set("eos_token_id", eos);
        if (padTokenId >= 0) {
            root.put("pad_token_id", padTokenId);
        }
        root.put("do_sample", doSample);
        root.put("temperature", temperature);
        root.put("top_k", topK);
        root.put("top_p", topP);
        root.put("repetition_penalty", repetitionPenalty);
        return root;
    }

    private static double number(List<String> problems, Map<String, JsonNode> rest, String field, double absent, double low, double high) {
        JsonNode node = rest.remove(field);
        if (node == null || node.isNull()) {
            return absent;
        }
        if (!node.isNumber() || node.asDouble() < low || node.asDouble() > high) {
            String range = high < Integer.MAX_VALUE ? "from " + (int) low + " to " + (int) high : low > 0 ? "above 0" : "at least 0";
            problems.add(field + " is " + node + ": must be a number " + range);
            return absent;
        }
        return node.asDouble();
    }
}
