package thinkj.model;

import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.Kernels;
import thinkj.kernels.NativeThreads;
import thinkj.kernels.Nd4jKernels;
import thinkj.kernels.Precision;
import thinkj.runtime.GraphRunner;
import thinkj.runtime.Rematerialisation;

/** A Qwen2 model: its architecture and its weights in fp32, which it owns. Graphs borrow them, so a trained weight is seen at once. */
public final class Qwen2Model implements AutoCloseable {
    private final Qwen2Config config;
    private final Map<String, INDArray> weights;
    private final Precision precision;
    private final Supplier<Kernels> kernels;

    /** In fp32 with the reference kernels. */
    public Qwen2Model(Qwen2Config config, Map<String, INDArray> weights) {
        this(config, weights, Precision.FP32, Nd4jKernels::new);
    }

    /**
     * @param weights the checkpoint's names to arrays of the checkpoint's shapes ([out, in]), C order, fp32
     * @param precision what graphs of this model compute in
     * @param kernels makes what a graph computes with, for each graph anew; must be good for the precision
     */
    public Qwen2Model(Qwen2Config config, Map<String, INDArray> weights, Precision precision, Supplier<Kernels> kernels) {
        this.config = config;
        this.weights = weights;
        this.precision = precision;
        this.kernels = kernels;
    }

    public Qwen2Config config() {
        return config;
    }

    /** What graphs of this model compute in. */
    public Precision precision() {
        return precision;
    }

    /** Parameters in the checkpoint's order; trainers change these arrays in place. */
    public Map<String, INDArray> weights() {
        return weights;
    }

    /** Runs a graph of this model, with kernels of its own: graphs over the same model can run side by side. */
    GraphRunner runner(SameDiff graph, Rematerialisation rematerialisation) {
        return new GraphRunner(graph, kernels.get(), NativeThreads.forWidth(config.hiddenSize()), rematerialisation);
    }

    @Override
    public void close() {
        weights.values().forEach(INDArray::close);
    }
}
