package thinkj.model;

import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A model with an objective on top: one SameDiff graph from token ids to token log-probabilities and entropies to a scalar.
 */
public final class LossGraph implements AutoCloseable {

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

    /**
     * @param temperature divides the logits, for log-probabilities and entropies alike
     * @param objective null for scoring alone
     */
    public LossGraph(Qwen2Model model, double temperature, Objective objective) {}

    /** Values of the named nodes; the caller closes them. */
    public Map<String, INDArray> forward(PackedTokens batch, Map<String, INDArray> objectiveInputs, String... outputs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Forward and backward: adds the scalar's gradient to {@code gradients} (parameter name → array of the parameter's shape, fp32)
     * and returns the values of the named nodes; the caller closes them.
     */
    public Map<String, INDArray> accumulate(
            PackedTokens batch, Map<String, INDArray> objectiveInputs, Map<String, INDArray> gradients, String... outputs) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
