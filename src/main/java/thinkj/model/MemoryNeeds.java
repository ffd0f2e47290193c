package thinkj.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import thinkj.checkpoint.LoraTensors;
import thinkj.checkpoint.PeftConfig;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.kernels.NativeThreads;
import thinkj.kernels.Precision;
import thinkj.kernels.onednn.OneDnnKernels;
import thinkj.runtime.Rematerialisation;

/**
 * How many bytes outside the Java heap a model takes. Weights, gradients, optimiser state and cache are exact; activations are what a
 * graph's arena holds at its fullest, when the last layer's backward pass begins. Of what kernels use, the exponentials over the
 * vocabulary are counted that oneDNN's keep for the gradient, and about what is prepared for their shapes; smaller tiles come on top.
 */
public final class MemoryNeeds {
    /** The part of {@link #training} that rematerialisation lowers. */
    public static final String ACTIVATIONS = "activations";

    private final Qwen2Config config;
    private final Precision precision;
    private final Rematerialisation rematerialisation;
    private final long parameters;
    private final FrozenWeights.Storage frozen;
    private final PeftConfig adapter;

    /** In fp32, nothing computed twice. */
    public MemoryNeeds(Qwen2Config config) {
        this(config, Precision.FP32, Rematerialisation.OFF);
    }

    public MemoryNeeds(Qwen2Config config, Precision precision, Rematerialisation rematerialisation) {
        this(config, precision, rematerialisation, null, null);
    }

    private MemoryNeeds(
            Qwen2Config config, Precision precision, Rematerialisation rematerialisation, FrozenWeights.Storage frozen, PeftConfig adapter) {
        this.frozen = frozen;
        this.adapter = adapter;
        this.config = config;
        this.precision = precision;
        this.rematerialisation = rematerialisation;
        parameters = Qwen2Tensors.parameters(config);
    }

    /** Where an adapter is trained, beside weights that stay as they are. */
    public MemoryNeeds adapted(FrozenWeights.Storage storage, PeftConfig trained) {
        return new MemoryNeeds(config, precision, rematerialisation, storage, trained);
    }

    /** One copy of all parameters. */
    public long weights() {
        return Float.BYTES * parameters;
    }

    /** Keys and values of one token in all layers. */
    public long cachePerToken() {
        return 2 * activation() * config.numHiddenLayers() * keyValueWidth();
    }

    /** A training pass over so many tokens. */
    public long activations(long tokens) {
        long most = tokens * activationsPerToken(0);
        long least = tokens * activationsPerToken(config.numHiddenLayers());
        return Math.max(least, Math.min(most, rematerialisation.budget()));
    }

    /** @param recomputed how many layers keep nothing but their result */
    private long activationsPerToken(int recomputed) {
        long layers = config.numHiddenLayers();
        long whole = layers - recomputed;
        long backAgain = Math.min(layers, whole + 1);
        long stream = (long) Float.BYTES * config.hiddenSize();
        // Of a layer: two norms, rotated q, attention; rotated k, v; gate, up and their product. Besides, the stream between its halves.
        long within = activation()
                * ((1L + keptNorms() + keptBy("o_proj")) * config.hiddenSize() + 2 * keyValueWidth()
                        + (2L + keptBy("down_proj")) * config.intermediateSize());
        // Gradients of gate and up, while that of their product, in its place if it was kept, is still there.
        long wide = activation() * (3L - keptBy("down_proj")) * config.intermediateSize();
        // Full either when the backward pass begins, with what the final norm reads and two gradients, or in the last layer.
        if (precision == Precision.FP32) {
            return Math.max(
                    (layers + whole + 3) * stream + whole * within, (layers + backAgain + 1) * stream + backAgain * within + wide);
        }
        // Each type has a block of its own, as large as its own fullest moment.
        return (layers + Math.max(whole + 3, backAgain + 2)) * stream + backAgain * within + wide;
    }

    /** A projection's input is kept for the gradient of what is trained of the projection. */
    private int keptBy(String... modules) {
        return adapter == null || Stream.of(modules).anyMatch(adapter.targetModules()::contains) ? 1 : 0;
    }

    private int keptNorms() {
        return keptBy("q_proj", "k_proj", "v_proj") + keptBy("gate_proj", "up_proj");
    }

    private long activation() {
        return precision.activations().width();
    }

    /** Decoding by a model that does nothing else: weights and the cache of so many sequences of so many tokens. */
    public long generation(long sequences, long tokens) {
        return generationWeights() + sequences * tokens * cachePerToken();
    }

    /** Weights of a model that generates and does nothing else: packed, and the embedding's rows where the output projection is packed too. */
    public long generationWeights() {
        return packed() * (parameters - embedding()) + activation() * embedding() + (config.tieWordEmbeddings() ? packed() * embedding() : 0);
    }

    /**
     * What sampling takes beside the fp32 weights that are trained: in fp32 those of queries, keys and values, joined; else all, packed.
     * Where an adapter is trained, all weights, with the adapter in them.
     */
    public long samplingWeights() {
        if (adapter != null) {
            return generationWeights();
        }
        if (precision == Precision.FP32) {
            long width = (long) config.numAttentionHeads() * config.headDim() + 2 * keyValueWidth();
            return Float.BYTES * config.numHiddenLayers() * width * config.hiddenSize();
        }
        return packed() * (config.tieWordEmbeddings() ? parameters : parameters - embedding());
    }

    /** Bytes of a packed weight. */
    private long packed() {
        return precision == Precision.INT8 ? Byte.BYTES : activation();
    }

    private long embedding() {
        return (long) config.vocabSize() * config.hiddenSize();
    }

    /** Training all parameters as {@link #training(long, long, int)}, as if every token were learnt. */
    public Map<String, Long> training(long tokens, int lanes) {
        return training(tokens, tokens, lanes);
    }

    /**
     * Training all parameters, or the adapter, by what takes it.
     *
     * @param tokens tokens of one micro-batch
     * @param targets of them, those that are learnt
     * @param lanes micro-batches that are computed at the same time, each with gradients of its own
     */
    public Map<String, Long> training(long tokens, long targets, int lanes) {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("weights", frozen == null ? weights() : frozenWeights());
        long trained = adapter == null ? parameters : LoraTensors.parameters(config, adapter);
        if (adapter != null) {
            parts.put("adapter", Float.BYTES * trained);
        }
        parts.put("copies for products", lanes * copies(tokens));
        parts.put("gradients", lanes * Float.BYTES * trained);
        if (precision == Precision.BF16) {
            parts.put("bf16 weights", precision.activations().width() * trained);
        }
        parts.put("AdamW state", 2 * Float.BYTES * trained);
        parts.put(ACTIVATIONS, lanes * activations(tokens));
        parts.put("exponentials", lanes * OneDnnKernels.keptBytes(precision, targets, config.vocabSize()));
        parts.put("prepared kernels", lanes * OneDnnKernels.preparedBytes(tokens, NativeThreads.forWidth(config.hiddenSize())));
        return parts;
    }

    /** Of a model that is not trained: matrices as they are kept, norms and biases in fp32. */
    public long frozenWeights() {
        long bytes = 0;
        for (Map.Entry<String, long[]> weight : Qwen2Tensors.of(config).entrySet()) {
            DataType type = FrozenWeights.type(weight.getKey(), frozen);
            bytes += size(weight.getValue()) * type.width() + (type == DataType.INT8 ? weight.getValue()[0] * Float.BYTES : 0);
        }
        return bytes;
    }

    private static long size(long[] shape) {
        return LongStream.of(shape).reduce(1, Math::multiplyExact);
    }

    /** The largest weight that is made anew for every product, the largest operand that is packed for one, and the largest that is turned. */
    private long copies(long tokens) {
        long made = 0;
        long packed = tokens * config.intermediateSize();
        for (Map.Entry<String, long[]> weight : Qwen2Tensors.of(config).entrySet()) {
            DataType type = frozen == null ? precision.activations() : FrozenWeights.type(weight.getKey(), frozen);
            long size = size(weight.getValue());
            made = type == DataType.FLOAT || type == precision.activations() ? made : Math.max(made, size);
            packed = weight.getKey().contains("_proj.weight") ? Math.max(packed, size) : packed;
        }
        long turned = precision == Precision.BF16 ? tokens * config.intermediateSize() : 0;
        return activation() * (made + packed + turned);
    }

    private long keyValueWidth() {
        return (long) config.numKeyValueHeads() * config.headDim();
    }
}
