package thinkj.model;

import java.util.LinkedHashMap;
import java.util.Map;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;

/**
 * How many bytes outside the Java heap a model takes, all in fp32. Weights, gradients, optimiser state and cache are exact; activations
 * are an estimate: what a graph's forward pass keeps for its backward pass, and one layer's gradients.
 */
public final class MemoryNeeds {
    private final Qwen2Config config;
    private final long parameters;

    public MemoryNeeds(Qwen2Config config) {
        this.config = config;
        parameters = Qwen2Tensors.parameters(config);
    }

    /** One copy of all parameters. */
    public long weights() {
        return Float.BYTES * parameters;
    }

    /** Keys and values of one token in all layers. */
    public long cachePerToken() {
        return 2L * Float.BYTES * config.numHiddenLayers() * keyValueWidth();
    }

    /** What the backward pass needs of one token. */
    public long activationsPerToken() {
        long hidden = config.hiddenSize();
        long wide = config.intermediateSize();
        // Of a layer: two norms, q and rotated q, attention, o_proj, down_proj, two sums; k, rotated k, v; gate, up and their product.
        long layer = 9 * hidden + 3 * keyValueWidth() + 3 * wide;
        return Float.BYTES * ((config.numHiddenLayers() + 1) * layer + 2 * hidden);
    }

    /** Decoding: weights and the cache of so many sequences of so many tokens. */
    public long generation(long sequences, long tokens) {
        return weights() + sequences * tokens * cachePerToken();
    }

    /**
     * Training all parameters, by what takes it.
     *
     * @param tokens tokens of one micro-batch
     */
    public Map<String, Long> training(long tokens) {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("weights", weights());
        parts.put("gradients", weights());
        parts.put("gradients of one pass", weights());
        parts.put("AdamW state", 2 * weights());
        parts.put("activations", tokens * activationsPerToken());
        return parts;
    }

    private long keyValueWidth() {
        return (long) config.numKeyValueHeads() * config.headDim();
    }
}
