package thinkj.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.io.Json;
import thinkj.io.UserError;

/**
 * The architecture of a Qwen2 or Qwen2.5 model: what {@code config.json} says, in its own words.
 *
 * @param hiddenSize D, width of the residual stream
 * @param numHiddenLayers number of layers
 * @param numAttentionHeads H, query heads
 * @param numKeyValueHeads K, key and value heads; divides H
 * @param intermediateSize F, width of the feed-forward part
 * @param vocabSize V, rows of the embedding
 * @param maxPositionEmbeddings longest context in tokens
 * @param ropeTheta base of the rotary embedding
 * @param rmsNormEps epsilon of every RMS norm
 * @param tieWordEmbeddings whether {@code lm_head} is {@code model.embed_tokens}
 * @param otherFields the file's remaining fields, such as token ids; they change no number here and are kept on export
 */
public record Qwen2Config(
        int hiddenSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        int intermediateSize,
        int vocabSize,
        int maxPositionEmbeddings,
        double ropeTheta,
        double rmsNormEps,
        boolean tieWordEmbeddings,
        Map<String, JsonNode> otherFields) {

    private static final double DEFAULT_INITIALIZER_RANGE = 0.02;

    /** Refuses an architecture that cannot be built, with every reason in one message. */
    public Qwen2Config {
        otherFields = Collections.unmodifiableMap(new LinkedHashMap<>(otherFields));
        List<String> problems = new ArrayList<>();
        positive(problems, "hidden_size", hiddenSize);
        positive(problems, "num_hidden_layers", numHiddenLayers);
        positive(problems, "num_attention_heads", numAttentionHeads);
        positive(problems, "num_key_value_heads", numKeyValueHeads);
        positive(problems, "intermediate_size", intermediateSize);
        positive(problems, "vocab_size", vocabSize);
        positive(problems, "max_position_embeddings", maxPositionEmbeddings);
        positive(problems, "rope_theta", ropeTheta);
        positive(problems, "rms_norm_eps", rmsNormEps);
        heads(problems, hiddenSize, numAttentionHeads, numKeyValueHeads);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", problems));
        }
    }

    /** An architecture without further fields. */
    public Qwen2Config(
            int hiddenSize,
            int numHiddenLayers,
            int numAttentionHeads,
            int numKeyValueHeads,
            int intermediateSize,
            int vocabSize,
            int maxPositionEmbeddings,
            double ropeTheta,
            double rmsNormEps,
            boolean tieWordEmbeddings) {
        this(hiddenSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads, intermediateSize, vocabSize, maxPositionEmbeddings, ropeTheta,
                rmsNormEps, tieWordEmbeddings, Map.of());
    }

    /** Reads a {@code config.json}; every reason to refuse it stands in one {@link UserError}. */
    public static Qwen2Config read(Path file) {
        return ConfigJson.parse(Json.read(file), file.toString());
    }

    /** d, width of one head. */
    public int headDim() {
        return hiddenSize / numAttentionHeads;
    }

    /** Standard deviation of fresh weights. */
    public double initializerRange() {
        return otherFields.getOrDefault("initializer_range", DoubleNode.valueOf(DEFAULT_INITIALIZER_RANGE)).asDouble();
    }

    /** Ids that end a text; empty where none is stated. */
    public List<Integer> eosTokenIds() {
        return ConfigJson.ids(otherFields.get("eos_token_id"));
    }

    /** The same architecture for another vocabulary. */
    public Qwen2Config withVocabSize(int size) {
        return new Qwen2Config(hiddenSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads, intermediateSize, size,
                maxPositionEmbeddings, ropeTheta, rmsNormEps, tieWordEmbeddings, otherFields);
    }

    /** The same architecture with one further field set, such as {@code eos_token_id}. */
    public Qwen2Config with(String field, JsonNode value) {
        Map<String, JsonNode> fields = new LinkedHashMap<>(otherFields);
        fields.put(field, value);
        return new Qwen2Config(hiddenSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads, intermediateSize, vocabSize,
                maxPositionEmbeddings, ropeTheta, rmsNormEps, tieWordEmbeddings, fields);
    }

    private static void positive(List<String> problems, String field, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            String shown = value == Math.rint(value) && !Double.isInfinite(value) ? Long.toString((long) value) : Double.toString(value);
            problems.add(field + " is " + shown + ": must be above 0");
        }
    }

    private static void heads(List<String> problems, int hidden, int heads, int keyValueHeads) {
        if (hidden <= 0 || heads <= 0 || keyValueHeads <= 0) {
            return;
        }
        if (hidden % heads != 0) {
            problems.add("num_attention_heads is " + heads + ": must divide hidden_size " + hidden);
        } else if (hidden / heads % 2 != 0) {
            problems.add("num_attention_heads is " + heads + ": the head size " + hidden / heads
                    + " (hidden_size / num_attention_heads) must be even for the rotary embedding");
        }
        if (heads % keyValueHeads != 0) {
            problems.add("num_key_value_heads is " + keyValueHeads + ": must divide num_attention_heads " + heads);
        }
    }
}
