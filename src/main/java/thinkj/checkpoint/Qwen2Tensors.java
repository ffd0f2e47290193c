package thinkj.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names and shapes of a Qwen2 model's parameters, in the order of HF's {@code named_parameters()}. Linear weights are [out, in]. A tied
 * model has no {@code lm_head.weight}: its output projection is the embedding.
 */
public final class Qwen2Tensors {

    /** The architecture's name in {@code config.json}. */
    public static final String ARCHITECTURE = "Qwen2ForCausalLM";

    private Qwen2Tensors() {}

    /** Every parameter's name and shape. */
    public static Map<String, long[]> of(Qwen2Config config) {
        long hidden = config.hiddenSize();
        long keyValue = (long) config.numKeyValueHeads() * config.headDim();
        long wide = config.intermediateSize();
        Map<String, long[]> table = new LinkedHashMap<>();
        table.put("model.embed_tokens.weight", new long[] {config.vocabSize(), hidden});
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            String layer = "model.layers." + i + ".";
            projection(table, layer + "self_attn.q_proj", hidden, hidden);
            projection(table, layer + "self_attn.k_proj", keyValue, hidden);
            projection(table, layer + "self_attn.v_proj", keyValue, hidden);
            table.put(layer + "self_attn.o_proj.weight", new long[] {hidden, hidden});
            table.put(layer + "mlp.gate_proj.weight", new long[] {wide, hidden});
            table.put(layer + "mlp.up_proj.weight", new long[] {wide, hidden});
            table.put(layer + "mlp.down_proj.weight", new long[] {hidden, wide});
            table.put(layer + "input_layernorm.weight", new long[] {hidden});
            table.put(layer + "post_attention_layernorm.weight", new long[] {hidden});
        }
        table.put("model.norm.weight", new long[] {hidden});
        if (!config.tieWordEmbeddings()) {
            table.put("lm_head.weight", new long[] {config.vocabSize(), hidden});
        }
        return Collections.unmodifiableMap(table);
    }

    /** Number of parameters; a tied embedding counts once. */
    public static long parameters(Qwen2Config config) {
        return of(config).values().stream().mapToLong(Qwen2Tensors::size).sum();
    }

    static long size(long[] shape) {
        long size = 1;
        for (long side : shape) {
            size = Math.multiplyExact(size, side);
        }
        return size;
    }

    /** The queries', keys' and values' projections alone have a bias. */
    private static void projection(Map<String, long[]> table, String name, long out, long in) {
        table.put(name + ".weight", new long[] {out, in});
        table.put(name + ".bias", new long[] {out});
    }
}
