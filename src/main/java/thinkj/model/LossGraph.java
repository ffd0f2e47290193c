package thinkj.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.io.UserError;
import thinkj.kernels.Precision;
import thinkj.ops.LowRank;
import thinkj.ops.TokenLogProbs;
import thinkj.runtime.FaultSearch;
import thinkj.runtime.GraphRunner;
import thinkj.runtime.NodeListener;
import thinkj.runtime.Rematerialisation;

/**
 * A model with an objective on top: one SameDiff graph from token ids to token log-probabilities and entropies to a scalar.
 */
public final class LossGraph {

    /** What is minimised, as SameDiff arithmetic. */
    @FunctionalInterface
    public interface Objective {
        /**
         * @param sd the graph; an objective adds placeholders of its own and names what it wants reported
         * @param logProbs log-probability of each target, [M]
         * @param entropy entropy of the distribution each target was drawn from, [M]
         * @return the scalar to minimise
         */
        SDVariable define(SameDiff sd, SDVariable logProbs, SDVariable entropy);
    }

    /** Name of the node with the targets' log-probabilities, [M]. */
    public static final String LOG_PROBS = "log_probs";

    /** Name of the node with the targets' entropies, [M]. */
    public static final String ENTROPY = "entropy";

    private static final String TARGET_IDS = "target_ids";

    private final RotaryTable rotary;
    private final GraphRunner runner;
    private final InputArrays inputs = new InputArrays();
    private final Map<String, INDArray> placeholders;
    private final Optional<Adapter> adapter;
    private Place place;

    /** Where in the run a pass is, by the numbers of its sequences in the step. */
    private record Place(int step, int[] sequences) {}

    /**
     * @param temperature divides the logits, for log-probabilities and entropies alike
     * @param objective null for scoring alone
     */
    public LossGraph(Qwen2Model model, double temperature, Objective objective) {
        this(model, temperature, objective, model.rematerialisation());
    }

    /**
     * @param temperature divides the logits, for log-probabilities and entropies alike
     * @param objective null for scoring alone
     * @param rematerialisation how passes with gradient save memory
     */
    public LossGraph(Qwen2Model model, double temperature, Objective objective, Rematerialisation rematerialisation) {
        if (model.precision() == Precision.INT8) {
            throw new UserError("precision: int8, must be fp32 or bf16 for training and scoring; int8 weights generate and do nothing else");
        }
        placeholders = new LinkedHashMap<>(model.placeholders());
        adapter = model.adapter();
        rotary = new RotaryTable(model.config());
        Qwen2Graph graph = model.graph();
        SameDiff sd = graph.sameDiff();
        SDVariable targets = sd.placeHolder(TARGET_IDS, DataType.INT32, -1);
        SDVariable[] scores = TokenLogProbs.of(graph.predicting(), graph.outputWeight(), targets, temperature);
        SDVariable logProbs = scores[0].rename(LOG_PROBS);
        SDVariable entropy = scores[1].rename(ENTROPY);
        runner = objective == null ? model.forwardRunner(sd) : model.runner(sd, rematerialisation);
        if (objective != null) {
            String loss = objective.define(sd, logProbs, entropy).name();
            runner.differentiate(loss, model.trainable().keySet());
        }
    }

    /** Has every run's nodes timed from now on. */
    public void listen(NodeListener listener) {
        runner.listen(listener);
    }

    /** Has the runs of an action watched for where numbers that are not finite come up first. */
    public void search(FaultSearch search, Runnable action) {
        runner.search(search, action);
    }

    /**
     * Says which place in the run passes with gradient have from now on, from which an adapter's dropout is drawn. Others drop nothing.
     *
     * @param step of the run
     * @param sequences numbers, in the step, of the sequences that a batch holds, in its order
     */
    public void place(int step, int[] sequences) {
        place = new Place(step, sequences.clone());
    }

    /** Values of the named nodes; they are the graph's own, valid until its next run. */
    public Map<String, INDArray> forward(PackedTokens batch, Map<String, INDArray> objectiveInputs, String... outputs) {
        fill(batch, objectiveInputs, null);
        return runner.run(placeholders, List.of(outputs));
    }

    /** Log-probability of each target, [M]. */
    public float[] logProbs(PackedTokens batch) {
        return forward(batch, Map.of(), LOG_PROBS).get(LOG_PROBS).toFloatVector();
    }

    /**
     * Forward and backward in one pass.
     *
     * @param gradients parameter → array of its shape, fp32, which gets the scalar's gradient
     * @param add whether gradients are added to what these arrays hold
     * @return the values of the named nodes; they are the graph's own, valid until its next run
     */
    public Map<String, INDArray> gradients(
            PackedTokens batch, Map<String, INDArray> objectiveInputs, Map<String, INDArray> gradients, boolean add, String... outputs) {
        fill(batch, objectiveInputs, place);
        return runner.gradients(placeholders, List.of(outputs), gradients, add);
    }

    /** @param dropout where in the run; null for none */
    private void fill(PackedTokens batch, Map<String, INDArray> objectiveInputs, Place dropout) {
        if (batch.targets() == 0) {
            throw new IllegalArgumentException("a batch must have at least one target");
        }
        PackedTokens rounded = batch.rounded();
        Qwen2Graph.fill(inputs, rounded, batch.targetRows(), rotary);
        inputs.put(TARGET_IDS, batch.targetIds());
        adapter.ifPresent(present -> inputs.put(AdaptedProjections.DROPOUT_KEYS, dropoutKeys(present, rounded, dropout)));
        placeholders.putAll(inputs.arrays());
        placeholders.putAll(objectiveInputs);
    }

    private static int[] dropoutKeys(Adapter adapter, PackedTokens batch, Place place) {
        int[] keys = new int[batch.tokens()];
        if (place == null || adapter.config().dropout() == 0) {
            return LowRank.withoutDropout(keys);
        }
        if (place.sequences().length != batch.sequences()) {
            throw new IllegalArgumentException(batch.sequences() + " sequences, but " + place.sequences().length + " places of sequences");
        }
        for (int s = 0; s < batch.sequences(); s++) {
            int start = batch.sequenceStarts()[s];
            for (int t = start; t < batch.sequenceStarts()[s + 1]; t++) {
                keys[t] = adapter.dropoutKey(place.step(), place.sequences()[s], t - start);
            }
        }
        return LowRank.withDropout(keys);
    }
}
