package thinkj.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.io.Json;
import thinkj.io.UserError;

/**
 * A small tokenizer cut from Qwen2.5's: the byte alphabet (ids 0–255), its first merges (ids from 256 on, by rank) and three special
 * tokens at the end, with the same normaliser, pre-tokeniser and chat template. Any text can still be encoded, in more tokens.
 */
public final class SmallTokenizer {

    /** Ends a text; fills finished rows. */
    public static final String END_OF_TEXT = "<|endoftext|>";

    /** Opens a turn of a dialogue. */
    public static final String TURN_START = "<|im_start|>";

    /** Ends a turn of a dialogue. */
    public static final String TURN_END = "<|im_end|>";

    private static final List<String> SPECIAL = List.of(END_OF_TEXT, TURN_START, TURN_END);
    private static final int BYTES = 256;

    private final Path source;
    private final JsonNode model;
    private final int merges;

    private SmallTokenizer(Path source, JsonNode model, int merges) {
        this.source = source;
        this.model = model;
        this.merges = merges;
    }

    /**
     * Writes {@code tokenizer.json} and {@code tokenizer_config.json}.
     *
     * @param source folder with Qwen2.5's two files
     * @param vocabulary number of ids in all, special tokens included
     * @param target an existing folder
     */
    public static void write(Path source, int vocabulary, Path target) {
        Path file = source.resolve(HfTokenizer.FILE);
        if (!Files.exists(file)) {
            throw new UserError(source + ": holds no " + HfTokenizer.FILE);
        }
        JsonNode root = Json.read(file);
        JsonNode model = root.path("model");
        int most = BYTES + model.path("merges").size() + SPECIAL.size();
        if (!"BPE".equals(model.path("type").asText()) || vocabulary < BYTES + SPECIAL.size() || vocabulary > most) {
            throw new UserError("a vocabulary of " + vocabulary + " cannot be cut from " + file + ": it must be a byte-level BPE tokenizer and the"
                    + " vocabulary from " + (BYTES + SPECIAL.size()) + " to " + most);
        }
        SmallTokenizer small = new SmallTokenizer(file, model, vocabulary - BYTES - SPECIAL.size());
        Json.write(target.resolve(HfTokenizer.FILE), small.tokenizer((ObjectNode) root));
        Path config = source.resolve("tokenizer_config.json");
        if (Files.exists(config)) {
            Json.write(target.resolve("tokenizer_config.json"), small.config((ObjectNode) Json.read(config)));
        }
    }

    private ObjectNode tokenizer(ObjectNode root) {
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        root.properties().forEach(entry -> copy.set(entry.getKey(), entry.getValue()));
        copy.set("added_tokens", added(root.path("added_tokens")));
        ObjectNode smaller = copy.putObject("model");
        model.properties().forEach(entry -> smaller.set(entry.getKey(), entry.getValue()));
        ObjectNode vocabulary = smaller.putObject("vocab");
        tokens().forEach(vocabulary::put);
        ArrayNode list = smaller.putArray("merges");
        for (int i = 0; i < merges; i++) {
            list.add(model.path("merges").get(i));
        }
        return copy;
    }

    /** The bytes and the merges' products; in Qwen2.5's file a merge's id is 256 + its rank, which is checked. */
    private Map<String, Integer> tokens() {
        Map<String, Integer> tokens = new LinkedHashMap<>();
        model.path("vocab").properties().forEach(entry -> {
            if (entry.getValue().asInt() < BYTES + merges) {
                tokens.put(entry.getKey(), entry.getValue().asInt());
            }
        });
        for (int rank = 0; rank < merges; rank++) {
            JsonNode merge = model.path("merges").get(rank);
            String product = merge.isArray() ? merge.get(0).asText() + merge.get(1).asText() : merge.asText().replaceFirst(" ", "");
            if (tokens.getOrDefault(product, -1) != BYTES + rank) {
                throw new UserError(source + ": merge " + rank + " makes the id " + tokens.get(product) + ", must be " + (BYTES + rank)
                        + "; only a tokenizer whose ids follow its merges can be cut");
            }
        }
        return tokens;
    }

    private ArrayNode added(JsonNode original) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < SPECIAL.size(); i++) {
            for (JsonNode token : original) {
                if (SPECIAL.get(i).equals(token.path("content").asText())) {
                    list.add(((ObjectNode) token.deepCopy()).put("id", BYTES + merges + i));
                }
            }
        }
        if (list.size() != SPECIAL.size()) {
            throw new UserError(source + ": must have the added tokens " + String.join(", ", SPECIAL));
        }
        return list;
    }

    private ObjectNode config(ObjectNode original) {
        ObjectNode copy = original.deepCopy();
        ObjectNode decoder = copy.putObject("added_tokens_decoder");
        JsonNode before = original.path("added_tokens_decoder");
        for (JsonNode token : before) {
            int at = SPECIAL.indexOf(token.path("content").asText());
            if (at >= 0) {
                decoder.set(Integer.toString(BYTES + merges + at), token);
            }
        }
        copy.putArray("additional_special_tokens").add(TURN_START).add(TURN_END);
        return copy;
    }
}
