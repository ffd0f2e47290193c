package thinkj.model;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import thinkj.checkpoint.PeftConfig;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.Heads;
import thinkj.kernels.Precision;
import thinkj.ops.Attention;
import thinkj.ops.PagedAttention;
import thinkj.ops.Projection;
import thinkj.ops.GatedProjection;
import thinkj.ops.GatherRows;
import thinkj.ops.HeadSplit;
import thinkj.ops.Linear;
import thinkj.ops.RmsNorm;
import thinkj.ops.Rotary;
import thinkj.ops.SwiGlu;

/**
 * The assembly drawing of Qwen2: from token ids of a packed batch to the hidden states that predict.
 *
 * <p>Weights are placeholders under the checkpoint's names, those of {@link GenerationWeights} in generation's graph, and so are the
 * batch's ids, borders and rotary tables. Nodes worth looking at carry the names of the modules that make them: {@code model.embed_tokens}, {@code model.layers.i} (the residual stream behind
 * layer i), {@code model.layers.i.self_attn.q_proj.rotated}, {@code model.norm}.
 */
final class Qwen2Graph {
    static final String INPUT_IDS = "input_ids";
    static final String STARTS = "sequence_starts";
    static final String COS = "rotary_cos";
    static final String SIN = "rotary_sin";
    static final String ROWS = "predicting_rows";
    static final String PREDICTING = "predicting";
    static final String PAST = "past_lengths";
    static final String BLOCKS = "cache_blocks";

    private final SameDiff sd = SameDiff.create();
    private final Qwen2Config config;
    private final Heads heads;
    private final Precision precision;
    private final GenerationWeights generation;
    private final AdaptedProjections adapted;
    private final SDVariable predicting;

    /** For training and scoring: attention within the batch. */
    Qwen2Graph(Qwen2Config config, Precision precision) {
        this(config, precision, null, null, null);
    }

    /**
     * For training and scoring over frozen weights.
     *
     * @param adapter whose low-rank branches are beside them; null for the frozen weights alone
     */
    Qwen2Graph(Qwen2Config config, Precision precision, FrozenWeights.Storage storage, PeftConfig adapter) {
        this(config, precision, null, storage, adapter);
    }

    /**
     * @param generation what generation's graph, in which attention reads and extends a KV cache and nothing has a gradient, is to take for
     *     weights; null for a graph that is not generation's
     */
    Qwen2Graph(Qwen2Config config, Precision precision, GenerationWeights generation) {
        this(config, precision, generation, null, null);
    }

    private Qwen2Graph(
            Qwen2Config config, Precision precision, GenerationWeights generation, FrozenWeights.Storage storage, PeftConfig adapter) {
        this.config = config;
        this.precision = precision;
        this.generation = generation;
        adapted = storage == null ? null : new AdaptedProjections(sd, storage, adapter);
        heads = new Heads(config.numAttentionHeads(), config.numKeyValueHeads(), config.headDim());
        predicting = build();
    }

    SameDiff sameDiff() {
        return sd;
    }

    /** Hidden states of the predicting rows after the final norm, [M, D]. */
    SDVariable predicting() {
        return predicting;
    }

    /** The projection to the vocabulary, [V, D]: the embedding itself where they are tied. */
    SDVariable outputWeight() {
        if (config.tieWordEmbeddings()) {
            return sd.getVariable(GenerationWeights.EMBEDDING);
        }
        return adapted == null ? weight(GenerationWeights.OUTPUT) : adapted.vocabulary(GenerationWeights.OUTPUT);
    }

    /** Logits of the predicting rows, fp32 [M, V]; in generation's graph. */
    SDVariable logits() {
        return Projection.of(predicting, matrix(GenerationWeights.OUTPUT), null, config.vocabSize(), DataType.FLOAT);
    }

    static String keyCache(int layer) {
        return "key_cache." + layer;
    }

    static String valueCache(int layer) {
        return "value_cache." + layer;
    }

    /** Sets a batch's placeholders. */
    static void fill(InputArrays inputs, PackedTokens batch, int[] rows, RotaryTable rotary) {
        long[] tables = {batch.tokens(), rotary.width()};
        inputs.put(INPUT_IDS, batch.ids());
        inputs.put(STARTS, batch.sequenceStarts());
        inputs.put(COS, rotary.cos(batch.positions()), tables);
        inputs.put(SIN, rotary.sin(batch.positions()), tables);
        inputs.put(ROWS, rows);
    }

    private SDVariable build() {
        SDVariable ids = sd.placeHolder(INPUT_IDS, DataType.INT32, -1);
        sd.placeHolder(STARTS, DataType.INT32, -1);
        sd.placeHolder(COS, DataType.FLOAT, -1, config.headDim() / 2);
        sd.placeHolder(SIN, DataType.FLOAT, -1, config.headDim() / 2);
        SDVariable rows = sd.placeHolder(ROWS, DataType.INT32, -1);
        if (generation != null) {
            sd.placeHolder(PAST, DataType.INT32, -1);
            sd.placeHolder(BLOCKS, DataType.INT32, -1);
        }
        if (adapted != null) {
            adapted.begin();
        }
        SDVariable x = embed(ids).rename("model.embed_tokens"); // [N, D]
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            x = layer(x, layer);
        }
        x = norm(x, "model.norm");
        return generation == null ? GatherRows.of(x.rename("model.norm"), rows).rename(PREDICTING) : x.rename(PREDICTING);
    }

    private SDVariable embed(SDVariable ids) {
        if (adapted != null) {
            return GatherRows.widened(adapted.vocabulary(GenerationWeights.EMBEDDING), ids);
        }
        return generation == null
                ? GatherRows.of(weight(GenerationWeights.EMBEDDING), ids)
                : GatherRows.widened(sd.placeHolder(GenerationWeights.EMBEDDING, generation.embedding()), ids);
    }

    private SDVariable layer(SDVariable x, int layer) {
        String name = "model.layers." + layer;
        x = attention(norm(x, name + ".input_layernorm"), x, name + ".self_attn", layer);
        return feedForward(norm(x, name + ".post_attention_layernorm"), x, name + ".mlp").rename(name);
    }

    private SDVariable attention(SDVariable x, SDVariable residual, String name, int layer) {
        if (generation != null) {
            return cachedAttention(x, residual, name, layer);
        }
        SDVariable q = rotate(projectWithBias(x, name + ".q_proj"), name + ".q_proj"); // [N, H · d]
        SDVariable k = rotate(projectWithBias(x, name + ".k_proj"), name + ".k_proj"); // [N, K · d]
        SDVariable v = projectWithBias(x, name + ".v_proj"); // [N, K · d]
        SDVariable out = Attention.of(q, k, v, sd.getVariable(STARTS), heads).rename(name + ".attention");
        return projectOnto(residual, out, name + ".o_proj");
    }

    private SDVariable cachedAttention(SDVariable x, SDVariable residual, String name, int layer) {
        String qkv = name + "." + GenerationWeights.QKV;
        long width = (long) (heads.query() + 2 * heads.keyValue()) * heads.size();
        SDVariable together = Projection.of(x, matrix(qkv + ".weight"), weight(qkv + ".bias"), width, precision.activations());
        SDVariable[] parts = HeadSplit.of(together, sd.getVariable(COS), sd.getVariable(SIN), heads);
        SDVariable out = PagedAttention.of(parts[0], parts[1], parts[2], sd.getVariable(STARTS), cache(layer), heads);
        if (layer == config.numHiddenLayers() - 1) {
            // No attention looks back at what comes behind the last one: only rows that predict go on.
            out = GatherRows.of(out, sd.getVariable(ROWS));
            residual = GatherRows.of(residual, sd.getVariable(ROWS));
        }
        return Projection.onto(residual, out, matrix(name + ".o_proj.weight"), config.hiddenSize());
    }

    private SDVariable[] cache(int layer) {
        long width = (long) config.numKeyValueHeads() * config.headDim();
        SDVariable keys = sd.placeHolder(keyCache(layer), precision.activations(), -1, -1, width);
        SDVariable values = sd.placeHolder(valueCache(layer), precision.activations(), -1, -1, width);
        return new SDVariable[] {sd.getVariable(PAST), sd.getVariable(BLOCKS), keys, values};
    }

    private SDVariable rotate(SDVariable x, String name) {
        return Rotary.of(x, sd.getVariable(COS), sd.getVariable(SIN)).rename(name + ".rotated");
    }

    private SDVariable feedForward(SDVariable x, SDVariable residual, String name) {
        if (generation != null) {
            SDVariable wide = GatedProjection.of(
                    x, matrix(name + ".gate_proj.weight"), matrix(name + ".up_proj.weight"), config.intermediateSize(), precision.activations());
            return Projection.onto(residual, wide, matrix(name + ".down_proj.weight"), config.hiddenSize());
        }
        SDVariable gate = project(x, name + ".gate_proj"); // [N, F]
        SDVariable up = project(x, name + ".up_proj"); // [N, F]
        return projectOnto(residual, SwiGlu.of(gate, up).rename(name + ".act_fn"), name + ".down_proj");
    }

    private SDVariable norm(SDVariable x, String name) {
        return RmsNorm.of(x, weight(name + ".weight"), config.rmsNormEps(), precision.activations());
    }

    private SDVariable project(SDVariable x, String name) {
        return adapted == null
                ? Linear.of(x, weight(name + ".weight"), null, precision.activations())
                : adapted.project(x, name, false, precision.activations());
    }

    private SDVariable projectWithBias(SDVariable x, String name) {
        return adapted == null
                ? Linear.of(x, weight(name + ".weight"), weight(name + ".bias"), precision.activations())
                : adapted.project(x, name, true, precision.activations());
    }

    private SDVariable projectOnto(SDVariable residual, SDVariable x, String name) {
        return adapted == null ? Linear.onto(residual, x, weight(name + ".weight")) : adapted.onto(residual, x, name);
    }

    /** Of weights for generation. */
    private SDVariable matrix(String name) {
        return sd.placeHolder(name, generation.matrices());
    }

    private SDVariable weight(String name) {
        return sd.placeHolder(name, DataType.FLOAT);
    }
}
