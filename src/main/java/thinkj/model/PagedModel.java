package thinkj.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.Precision;
import thinkj.runtime.GraphRunner;
import thinkj.runtime.NodeListener;
import thinkj.runtime.Rematerialisation;

/**
 * The model over a paged KV cache: keys and values of all layers lie in blocks of {@link #BLOCK} tokens; who owns which block is the
 * caller's affair.
 */
public final class PagedModel implements AutoCloseable {
    /** Tokens of a block. */
    public static final int BLOCK = 32;

    private static final String LOGITS = "logits";

    /**
     * In fp32 a row's result is the same to the bit whatever other rows there are, but for a product of one row alone, which kernels sum
     * up in another order.
     */
    private static final int LEAST_ROWS_FP32 = 2;

    private final RotaryTable rotary;
    private final GenerationWeights weights;
    private final GraphRunner runner;
    private final Map<String, INDArray> caches = new LinkedHashMap<>();
    private final InputArrays inputs = new InputArrays();
    private final Map<String, INDArray> placeholders;
    private final int leastRows;

    /**
     * Tokens of one sequence to be fed.
     *
     * @param ids new tokens, at least one
     * @param past tokens that the blocks hold already
     * @param blocks the sequence's blocks in order, enough for past and new tokens; those of the past may be shared with others, those
     *     written now not
     * @param logits whether logits after the last of the ids are wanted
     */
    public record Piece(int[] ids, int past, int[] blocks, boolean logits) {}

    /** @param blocks memory for that many is taken now */
    public PagedModel(Qwen2Model model, int blocks) {
        Qwen2Config config = model.config();
        rotary = new RotaryTable(config);
        weights = model.generationWeights();
        Qwen2Graph graph = new Qwen2Graph(config, model.precision(), weights);
        graph.logits().rename(LOGITS);
        runner = model.forwardRunner(graph.sameDiff());
        leastRows = model.precision() == Precision.FP32 ? LEAST_ROWS_FP32 : 1;
        DataType type = model.precision().activations();
        long width = (long) config.numKeyValueHeads() * config.headDim();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            caches.put(Qwen2Graph.keyCache(layer), Nd4j.create(type, blocks, BLOCK, width));
            caches.put(Qwen2Graph.valueCache(layer), Nd4j.create(type, blocks, BLOCK, width));
        }
        placeholders = new LinkedHashMap<>(caches);
    }

    /** Memory of one block, in bytes. */
    public static long blockBytes(Qwen2Config config, Precision precision) {
        return BLOCK * new MemoryNeeds(config, precision, Rematerialisation.OFF).cachePerToken();
    }

    /** Has every step's nodes timed from now on. */
    public void listen(NodeListener listener) {
        runner.listen(listener);
    }

    /**
     * Feeds all pieces in one pass.
     *
     * @return raw logits fp32 [pieces that want them, V], in their order; the model's own, good until the next step; null if none wants any
     */
    public INDArray step(List<Piece> pieces) {
        PagedBatch batch = PagedBatch.of(pieces, leastRows);
        batch.fill(inputs, rotary);
        placeholders.putAll(weights.arrays());
        placeholders.putAll(inputs.arrays());
        String output = batch.wanted() == 0 ? Qwen2Graph.PREDICTING : LOGITS;
        INDArray result = runner.run(placeholders, List.of(output)).get(output);
        return batch.wanted() == 0 ? null : rows(result, batch.wanted());
    }

    private static INDArray rows(INDArray matrix, int count) {
        return matrix.get(NDArrayIndex.interval(0, count), NDArrayIndex.all());
    }

    /** Copies a block's keys and values in all layers. */
    public void copyBlock(int from, int to) {
        caches.values().forEach(cache -> cache.slice(to).assign(cache.slice(from)));
    }

    @Override
    public void close() {
        runner.close();
        caches.values().forEach(INDArray::close);
        inputs.close();
    }
}
