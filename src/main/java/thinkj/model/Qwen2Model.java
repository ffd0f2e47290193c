package thinkj.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.Engine;
import thinkj.kernels.Kernels;
import thinkj.kernels.NativeThreads;
import thinkj.kernels.Precision;
import thinkj.runtime.GraphRunner;
import thinkj.runtime.Rematerialisation;

/**
 * A Qwen2 model: its architecture and its weights, in fp32, which it owns; or, where it was loaded for generation alone, only in the form
 * that generation takes. Graphs borrow the weights, so a trained weight is seen at once.
 */
public final class Qwen2Model implements AutoCloseable {
    private final Qwen2Config config;
    private final Map<String, INDArray> weights;
    private final FrozenWeights frozen;
    private final Adapter adapter;
    private final Engine engine;
    private final GenerationWeights generation;
    private final boolean owner;
    private final List<Qwen2Model> others = new ArrayList<>();
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
        this(config, weights, null, null, engine, new GenerationWeights(config, weights, engine), true);
    }

    private Qwen2Model(
            Qwen2Config config,
            Map<String, INDArray> weights,
            FrozenWeights frozen,
            Adapter adapter,
            Engine engine,
            GenerationWeights generation,
            boolean owner) {
        this.config = config;
        this.weights = weights;
        this.frozen = frozen;
        this.adapter = adapter;
        this.engine = engine;
        this.generation = generation;
        this.owner = owner;
    }

    /**
     * A model that generates and does nothing else: its weights are in memory only as its engine's kernels want them.
     *
     * @param engine becomes the model's own
     */
    public static Qwen2Model forGeneration(Qwen2Config config, WeightSource weights, Engine engine) {
        return new Qwen2Model(config, null, null, null, engine, new GenerationWeights(config, weights, engine), false);
    }

    /**
     * A model of which an adapter is trained, beside weights that stay as they are.
     *
     * @param frozen becomes the model's own, as the adapter and the engine do
     */
    public static Qwen2Model adapted(Qwen2Config config, FrozenWeights frozen, Adapter adapter, Engine engine) {
        return new Qwen2Model(config, null, frozen, adapter, engine, new GenerationWeights(config, merged(frozen, adapter, engine), engine), true);
    }

    /** In fp32; what has no adapter and is kept as generation wants its tables, as it is kept: the largest weight of all is made no larger. */
    private static WeightSource merged(FrozenWeights frozen, Adapter adapter, Engine engine) {
        return name -> {
            if (engine.precision() == Precision.BF16 && frozen.isVocabularyInBf16(name)) {
                return frozen.arrays().get(name).dup('c');
            }
            INDArray weight = frozen.read(name);
            adapter.mergeInto(weight, name);
            return weight;
        };
    }

    FrozenWeights frozen() {
        return frozen;
    }

    /**
     * The same frozen weights with another adapter, or with none: for scoring, by this model's engine. To be closed before it.
     *
     * @param other becomes the new model's own; null for none
     */
    public Qwen2Model withAdapter(Adapter other) {
        return new Qwen2Model(config, null, frozen, other, engine, null, false);
    }

    /**
     * The same weights, computed with by another engine: what a trainer samples with. It hears of changed weights from this model, and is
     * to be closed before it.
     *
     * @param other becomes the new model's own
     */
    public Qwen2Model withEngine(Engine other) {
        GenerationWeights forOther = frozen == null
                ? new GenerationWeights(config, weights(), other)
                : new GenerationWeights(config, merged(frozen, adapter, other), other);
        Qwen2Model same = new Qwen2Model(config, weights, frozen, adapter, other, forOther, false);
        others.add(same);
        return same;
    }

    public Qwen2Config config() {
        return config;
    }

    /** What graphs of this model compute in. */
    public Precision precision() {
        return engine.precision();
    }

    /** See {@link Engine#sameInAnyCompany}. */
    public boolean sameInAnyCompany() {
        return engine.sameInAnyCompany();
    }

    /** Says how passes with gradient save memory, for graphs that are made from now on and not told otherwise. */
    public void saveMemory(Rematerialisation how) {
        rematerialisation = how;
    }

    Rematerialisation rematerialisation() {
        return rematerialisation;
    }

    /** All parameters in the checkpoint's order. */
    public Map<String, INDArray> weights() {
        if (weights == null) {
            throw new IllegalStateException("this model was loaded for generation alone, or with frozen weights: it has none in fp32 to train");
        }
        return weights;
    }

    /**
     * What training changes, by name, fp32: all parameters, or those of the adapter. Trainers change these arrays in place and say so with
     * {@link #weightsChanged}.
     */
    public Map<String, INDArray> trainable() {
        return adapter == null ? weights() : adapter.arrays();
    }

    /** What is trained beside frozen weights; empty where all weights are trained. */
    public Optional<Adapter> adapter() {
        return Optional.ofNullable(adapter);
    }

    /** A graph for training and scoring. */
    Qwen2Graph graph() {
        return frozen == null
                ? new Qwen2Graph(config, precision())
                : new Qwen2Graph(config, precision(), frozen.storage(), adapter == null ? null : adapter.config());
    }

    /** What the graph takes from the model, by the names of its placeholders. */
    Map<String, INDArray> placeholders() {
        if (frozen == null) {
            return weights();
        }
        Map<String, INDArray> all = new LinkedHashMap<>(frozen.arrays());
        adapter().ifPresent(present -> all.putAll(present.arrays()));
        return all;
    }

    GenerationWeights generationWeights() {
        return generation;
    }

    /** Hands in values of a weight that the calling thread has just written, as {@link Engine#weightWritten} says. */
    public void weightWritten(INDArray weight, long from, long count) {
        engine.weightWritten(weight, from, count);
    }

    /** Says that weights have changed; to be called while no graph of this model runs. */
    public void weightsChanged() {
        engine.weightsChanged();
        generation.stale();
        others.forEach(Qwen2Model::weightsChanged);
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
        if (generation != null) {
            generation.close();
            engine.close();
        }
        if (owner && frozen != null) {
            frozen.close();
        } else if (owner) {
            weights.values().forEach(INDArray::close);
        }
        if (adapter != null && (owner || generation == null)) {
            adapter.close();
        }
    }
}
