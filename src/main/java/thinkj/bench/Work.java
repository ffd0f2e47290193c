package thinkj.bench;

import java.util.ArrayList;
import java.util.List;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.kernels.Precision;

/**
 * What is counted as a step's work: 2 floating-point operations for each parameter and token forward, 4 more backward (Kaplan et al.,
 * 2020). Attention's own products and everything else is not counted, though it takes time; nor is what is computed a second time to
 * save memory.
 */
final class Work {
    private Work() {}

    /**
     * A projection as a step computes it.
     *
     * @param count how often it is there
     * @param rows how many rows it is computed for
     */
    record Projection(String name, long out, long in, long count, long rows) {

        /** Of all of them, forward. */
        double flops() {
            return 2.0 * out * in * count * rows;
        }
    }

    /** N: every parameter but the input embedding, which is no product; the output projection counts even where it is that embedding. */
    static long parameters(Qwen2Config config) {
        return Qwen2Tensors.parameters(config) - (config.tieWordEmbeddings() ? 0 : vocabulary(config));
    }

    private static long vocabulary(Qwen2Config config) {
        return (long) config.vocabSize() * config.hiddenSize();
    }

    /** Bytes of weights that a decoded token has to read. */
    static long weightBytes(Qwen2Config config, Precision precision) {
        return parameters(config) * (precision == Precision.INT8 ? 1 : precision.activations().width());
    }

    /** Of a layer behind its attention. */
    private static long behindAttention(Qwen2Config config) {
        return (long) config.hiddenSize() * config.hiddenSize() + 3L * config.hiddenSize() * config.intermediateSize();
    }

    /** Of one step. Of a prompt, the last token alone goes beyond the last layer's attention. */
    static double flops(Task task, Qwen2Config config, long tokens, long batch) {
        double all = (double) parameters(config) * tokens * batch;
        return switch (task) {
            case TRAIN -> 6 * all;
            case SCORE -> 2 * all;
            case PREFILL -> 2 * (all - (double) (vocabulary(config) + behindAttention(config)) * (tokens - 1) * batch);
        };
    }

    /** The projections of one forward pass; those of a shape together. */
    static List<Projection> projections(Task task, Qwen2Config config, long tokens, long batch) {
        long layers = config.numHiddenLayers();
        long hidden = config.hiddenSize();
        long wide = config.intermediateSize();
        long keyValue = (long) config.numKeyValueHeads() * config.headDim();
        long rows = tokens * batch;
        long last = task == Task.PREFILL ? 1 : 0;
        List<Projection> all = new ArrayList<>(List.of(
                new Projection("q_proj, o_proj", hidden, hidden, 2 * layers - last, rows),
                new Projection("k_proj, v_proj", keyValue, hidden, 2 * layers, rows),
                new Projection("gate_proj, up_proj", wide, hidden, 2 * (layers - last), rows),
                new Projection("down_proj", hidden, wide, layers - last, rows),
                new Projection("lm_head", config.vocabSize(), hidden, 1, task == Task.PREFILL ? batch : rows)));
        if (task == Task.PREFILL) {
            all.add(new Projection("last o_proj", hidden, hidden, 1, batch));
            all.add(new Projection("last gate_proj, up_proj", wide, hidden, 2, batch));
            all.add(new Projection("last down_proj", hidden, wide, 1, batch));
        }
        return all;
    }
}
