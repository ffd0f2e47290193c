package thinkj.model;

import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.NativeThreads;
import thinkj.kernels.Nd4jKernels;
import thinkj.runtime.GraphRunner;

/** A Qwen2 model: its architecture and its weights in fp32, which it owns. Graphs borrow them, so a trained weight is seen at once. */
public final class Qwen2Model implements AutoCloseable {
    private final Qwen2Config config;
    private final Map<String, INDArray> weights;

    /** @param weights the checkpoint's names to arrays of the checkpoint's shapes ([out, in]), C order, fp32 */
    public Qwen2Model(Qwen2Config config, Map<String, INDArray> weights) {
        this.config = config;
        this.weights = weights;
    }

    public Qwen2Config config() {
        return config;
    }

    /** Parameters in the checkpoint's order; trainers change these arrays in place. */
    public Map<String, INDArray> weights() {
        return weights;
    }

    /** Runs a graph of this model, with kernels of its own: graphs over the same model can run side by side. */
    GraphRunner runner(SameDiff graph) {
        return new GraphRunner(graph, new Nd4jKernels(), NativeThreads.forWidth(config.hiddenSize()));
    }

    @Override
    public void close() {
        weights.values().forEach(INDArray::close);
    }
}
