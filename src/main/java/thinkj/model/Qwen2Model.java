package thinkj.model;

import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.Engine;
import thinkj.kernels.Kernels;
import thinkj.kernels.NativeThreads;
import thinkj.kernels.Precision;
import thinkj.runtime.GraphRunner;
import thinkj.runtime.Rematerialisation;

/** A Qwen2 model: its architecture and its weights in fp32, which it owns. Graphs borrow them, so a trained weight is seen at once. */
public final class Qwen2Model implements AutoCloseable {
    private final Qwen2Config config;
    private final Map<String, INDArray> weights;
    private final Engine engine;
    private Rematerialisation rematerialisation = Rematerialisation.OFF;

    /** Computes in fp32 with the fastest kernels that run here. */
    public Qwen2Model(Qwen2Config config, Map<String, INDArray> weights) {
        this(config, weights, Engine.standard());
    }

    /**
     * @param weights the checkpoint's names to arrays of the checkpoint's shapes ([out, in]), C order, fp32
     * @param engine what graphs of this model compute with; becomes the model's own
     */
    public Qwen2Model(Qwen2Config config, Map<String, INDArray> weights, Engine engine) {
        this.config = config;
        this.weights = weights;
        this.engine = engine;
    }

    public Qwen2Config config() {
        return config;
    }

    /** What graphs of this model compute in. */
    public Precision precision() {
        return engine.precision();
    }

    /** Says how passes with gradient save memory, for graphs that are made from now on and not told otherwise. */
    public void saveMemory(Rematerialisation how) {
        rematerialisation = how;
    }

    Rematerialisation rematerialisation() {
        return rematerialisation;
    }

    /** Parameters in the checkpoint's order; trainers change these arrays in place and say so with {@link #weightsChanged}. */
    public Map<String, INDArray> weights() {
        return weights;
    }

    /** Hands in values of a weight that the calling thread has just written, as {@link Engine#weightWritten} says. */
    public void weightWritten(INDArray weight, long from, long count) {
        engine.weightWritten(weight, from, count);
    }

    /** Says that weights have changed; to be called while no graph of this model runs. */
    public void weightsChanged() {
        engine.weightsChanged();
    }

    /** Runs a graph of this model, with kernels of its own: graphs over the same model can run side by side. */
    GraphRunner runner(SameDiff graph, Rematerialisation rematerialisation) {
        return new GraphRunner(graph, engine.kernels(), NativeThreads.forWidth(config.hiddenSize()), rematerialisation);
    }

    /** Runs a graph of this model that has no gradient. */
    GraphRunner forwardRunner(SameDiff graph) {
        Kernels kernels = engine.kernels();
        kernels.forwardOnly();
        return new GraphRunner(graph, kernels, NativeThreads.forWidth(config.hiddenSize()), Rematerialisation.OFF);
    }

    @Override
    public void close() {
        engine.close();
        weights.values().forEach(INDArray::close);
    }
}
