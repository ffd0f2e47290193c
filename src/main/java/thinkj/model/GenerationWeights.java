package thinkj.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.Engine;
import thinkj.kernels.Packing;
import thinkj.kernels.Precision;

/**
 * A model's weights as generation's graph takes them: matrices packed, those of a layer's queries, keys and values as one; embeddings as
 * rows; norms and biases in fp32. Made when first asked for, either from the weights that a model has in fp32, and then again after
 * {@link #stale}, or one by one from a source, and then the only ones.
 *
 * <p>All packed matrices lie in one block of memory: cut into huge pages, which arrays of their own begin and end beside, they are read
 * faster by what looking up small pages takes.
 */
final class GenerationWeights implements AutoCloseable {
    static final String EMBEDDING = "model.embed_tokens.weight";
    static final String OUTPUT = "lm_head.weight";

    /** Put in the place of {@code q_proj}, {@code k_proj} and {@code v_proj}. */
    static final String QKV = "qkv_proj";

    private final Qwen2Config config;
    private final Packing packing;
    private final Map<String, INDArray> masters;
    private final WeightSource source;
    private final List<INDArray> owned = new ArrayList<>();
    private Map<String, INDArray> made;
    private BytePointer memory;
    private DataBuffer block;
    private long taken;

    /** From fp32 weights, which stay the caller's. In fp32 they serve as they are, rather than a second time in another order. */
    GenerationWeights(Qwen2Config config, Map<String, INDArray> masters, Engine engine) {
        this(config, masters, null, engine.precision() == Precision.FP32 ? Packing.NONE : engine.packing());
    }

    GenerationWeights(Qwen2Config config, WeightSource source, Engine engine) {
        this(config, null, source, engine.packing());
    }

    private GenerationWeights(Qwen2Config config, Map<String, INDArray> masters, WeightSource source, Packing packing) {
        this.config = config;
        this.masters = masters;
        this.source = source;
        this.packing = packing;
    }

    /** Type of the graph's matrices. */
    DataType matrices() {
        return packing.matrices();
    }

    /** Type of the embedding. */
    DataType embedding() {
        return masters == null ? packing.tables() : DataType.FLOAT;
    }

    /** By the names of the graph's placeholders; the same map until the weights are stale. */
    synchronized Map<String, INDArray> arrays() {
        if (made == null) {
            make();
        }
        return made;
    }

    /** Says that the fp32 weights have changed, and gives back the memory of what was made from them. */
    synchronized void stale() {
        made = null;
        owned.forEach(INDArray::close);
        owned.clear();
        if (block != null) {
            block.close();
            block = null;
            memory.close();
            memory = null;
        }
    }

    private void make() {
        made = new LinkedHashMap<>();
        takeBlock();
        // The largest first: what is read is in memory beside what is made.
        embeddings();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            String name = "model.layers." + layer;
            plain(name + ".input_layernorm.weight");
            qkv(name + ".self_attn.");
            matrix(name + ".self_attn.o_proj.weight");
            plain(name + ".post_attention_layernorm.weight");
            matrix(name + ".mlp.gate_proj.weight");
            matrix(name + ".mlp.up_proj.weight");
            matrix(name + ".mlp.down_proj.weight");
        }
        plain("model.norm.weight");
    }

    private void takeBlock() {
        long hidden = config.hiddenSize();
        long queries = (long) config.numAttentionHeads() * config.headDim();
        long keysAndValues = 2L * config.numKeyValueHeads() * config.headDim();
        long wide = config.intermediateSize();
        long layer = packing.bytes(queries + keysAndValues, hidden)
                + packing.bytes(hidden, queries)
                + 2 * packing.bytes(wide, hidden)
                + packing.bytes(hidden, wide);
        long bytes = packing.bytes(config.vocabSize(), hidden) + config.numHiddenLayers() * layer;
        if (bytes > 0) {
            // ND4J would write zeros everywhere, so that all of it were resident before the first weight is read.
            memory = new BytePointer(bytes);
            block = Nd4j.createBuffer(memory, bytes, DataType.INT8);
        }
        taken = 0;
    }

    private void embeddings() {
        with(EMBEDDING, embedding -> {
            if (config.tieWordEmbeddings()) {
                pack(OUTPUT, embedding);
            }
            keep(EMBEDDING, masters == null ? packing.table(embedding) : embedding, embedding);
        });
        if (!config.tieWordEmbeddings()) {
            matrix(OUTPUT);
        }
    }

    private void plain(String name) {
        with(name, weight -> keep(name, weight, weight));
    }

    private void matrix(String name) {
        with(name, weight -> pack(name, weight));
    }

    private void qkv(String name) {
        INDArray together = concatenated(name, ".weight");
        if (block == null) {
            own(name + QKV + ".weight", together);
        } else {
            pack(name + QKV + ".weight", together);
            together.close();
        }
        own(name + QKV + ".bias", concatenated(name, ".bias"));
    }

    /** Puts a matrix's packed weights behind those of the one before, or takes the matrix itself. */
    private void pack(String name, INDArray matrix) {
        if (block == null) {
            keep(name, matrix, matrix);
            return;
        }
        long bytes = packing.bytes(matrix.size(0), matrix.size(1));
        INDArray to = Nd4j.create(block, new long[] {bytes}, new long[] {1}, taken, 'c', DataType.INT8);
        packing.pack(matrix, to);
        taken += bytes;
        made.put(name, to);
    }

    private INDArray concatenated(String name, String what) {
        INDArray[] parts = new INDArray[3];
        with(name + "q_proj" + what, q -> with(name + "k_proj" + what, k -> with(name + "v_proj" + what, v -> {
            parts[0] = Nd4j.concat(0, q, k, v);
        })));
        return parts[0];
    }

    /** Hands out a weight, which is closed afterwards if it was read for this and nobody keeps it. */
    private void with(String name, Consumer<INDArray> use) {
        if (masters != null) {
            use.accept(masters.get(name));
            return;
        }
        INDArray read = source.read(name);
        use.accept(read);
        if (!isOwned(read)) {
            read.close();
        }
    }

    /** @param array made from a weight, or that weight itself */
    private void keep(String name, INDArray array, INDArray weight) {
        if (masters != null && array == weight) {
            made.put(name, array);
        } else {
            own(name, array);
        }
    }

    private void own(String name, INDArray array) {
        made.put(name, array);
        if (!isOwned(array)) {
            owned.add(array);
        }
    }

    private boolean isOwned(INDArray array) {
        return owned.stream().anyMatch(other -> other == array);
    }

    @Override
    public synchronized void close() {
        stale();
    }
}
