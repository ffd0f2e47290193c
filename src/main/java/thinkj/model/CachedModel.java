package thinkj.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.Precision;
import thinkj.ops.Linear;
import thinkj.runtime.GraphRunner;
import thinkj.runtime.NodeListener;

/** The model with a KV cache: sequences live in slots and are fed piece by piece. */
public final class CachedModel implements AutoCloseable {
    private static final String LOGITS = "logits";

    private final RotaryTable rotary;
    private final GraphRunner runner;
    private final Map<String, INDArray> caches = new LinkedHashMap<>();
    private final InputArrays inputs = new InputArrays();
    private final Map<String, INDArray> placeholders;
    private final int[] lengths;
    private final int capacity;

    /**
     * @param slots how many sequences can be in flight
     * @param capacity longest sequence in tokens
     */
    public CachedModel(Qwen2Model model, int slots, int capacity) {
        this.capacity = capacity;
        Qwen2Config config = model.config();
        rotary = new RotaryTable(config);
        lengths = new int[slots];
        Qwen2Graph graph = new Qwen2Graph(config, model.precision(), true);
        Linear.of(graph.predicting(), graph.outputWeight()).rename(LOGITS);
        runner = model.forwardRunner(graph.sameDiff());
        // Zeros, not whatever the memory held: batched decoding multiplies what lies behind a sequence's end by zero.
        DataType type = model.precision().activations();
        long width = (long) config.numKeyValueHeads() * config.headDim();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            caches.put(Qwen2Graph.keyCache(layer), Nd4j.create(type, slots, capacity, width));
            caches.put(Qwen2Graph.valueCache(layer), Nd4j.create(type, slots, capacity, width));
        }
        placeholders = new LinkedHashMap<>(model.weights());
        placeholders.putAll(caches);
    }

    /** Has every step's nodes timed from now on. */
    public void listen(NodeListener listener) {
        runner.listen(listener);
    }

    /** Bytes that a cache of this size takes. */
    public static long bytes(Qwen2Config config, Precision precision, int slots, int capacity) {
        long width = (long) config.numKeyValueHeads() * config.headDim() * precision.activations().width();
        return 2L * config.numHiddenLayers() * width * slots * capacity;
    }

    /**
     * Feeds new tokens (a whole prompt, or the one token sampled last) to some slots, all in one pass.
     *
     * @param slots which slots, each at most once
     * @param newIds new token ids of each, at least one
     * @return raw logits after the last token of each, [slots.length, V]; the model's own, valid until the next step
     */
    public INDArray step(int[] slots, int[][] newIds) {
        PackedTokens.Builder packed = new PackedTokens.Builder();
        int[] past = new int[slots.length];
        int[] last = new int[slots.length];
        int rows = 0;
        for (int i = 0; i < slots.length; i++) {
            past[i] = lengths[slots[i]];
            rows += newIds[i].length;
            last[i] = rows - 1;
            if (past[i] + newIds[i].length > capacity) {
                throw new IllegalArgumentException("slot " + slots[i] + " holds " + past[i] + " tokens; " + newIds[i].length
                        + " more do not fit its capacity of " + capacity);
            }
            packed.add(newIds[i], positions(past[i], newIds[i].length), new boolean[newIds[i].length]);
        }
        INDArray logits = run(rounded(packed.build(), past), last, past, slots);
        for (int i = 0; i < slots.length; i++) {
            lengths[slots[i]] += newIds[i].length;
        }
        return logits;
    }

    /**
     * Whole prompts are rounded, where the last one's slot has room for what that adds: it lies behind the slot's tokens, is seen by none
     * of them, and the next ones take its place. A few tokens, as in decoding, stay as they are.
     */
    private PackedTokens rounded(PackedTokens batch, int[] past) {
        PackedTokens rounded = batch.rounded();
        int lastLength = rounded.tokens() - rounded.sequenceStarts()[rounded.sequences() - 1];
        boolean prompts = batch.tokens() > PackedTokens.LEAST_STEP;
        return prompts && past[past.length - 1] + lastLength <= capacity ? rounded : batch;
    }

    private INDArray run(PackedTokens batch, int[] last, int[] past, int[] slots) {
        Qwen2Graph.fill(inputs, batch, last, rotary);
        inputs.put(Qwen2Graph.PAST, past);
        inputs.put(Qwen2Graph.SLOTS, slots);
        placeholders.putAll(inputs.arrays());
        return runner.run(placeholders, List.of(LOGITS)).get(LOGITS);
    }

    private static int[] positions(int from, int count) {
        int[] positions = new int[count];
        for (int i = 0; i < count; i++) {
            positions[i] = from + i;
        }
        return positions;
    }

    /** Tokens that a slot holds. */
    public int length(int slot) {
        return lengths[slot];
    }

    /** Empties a slot for another sequence. */
    public void release(int slot) {
        lengths[slot] = 0;
    }

    @Override
    public void close() {
        runner.close();
        caches.values().forEach(INDArray::close);
        inputs.close();
    }
}
