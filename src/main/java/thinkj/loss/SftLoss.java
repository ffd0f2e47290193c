package thinkj.loss;

import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Cross-entropy of the labelled tokens, normalised by all of a step: {@code L = Σ_t w_t · (−log p_t) / n}.
 *
 * <p>n is the number of labelled tokens in the whole accumulation window, not in the micro-batch at hand, so that the gradients of
 * the window's micro-batches add up to the gradient of one big batch, whatever the cut.
 */
public final class SftLoss {
    /** Name of the scalar to minimise: the micro-batch's share of the window's loss. */
    public static final String LOSS = "loss";

    /** Name of the placeholder w, [M]. */
    public static final String WEIGHTS = "weights";

    /** Name of the placeholder n, a scalar. */
    public static final String LABELLED = "labelled";

    private SftLoss() {}

    /**
     * @param logProbs log p of each target, [M]
     * @param entropy not used
     */
    public static SDVariable define(SameDiff sd, SDVariable logProbs, SDVariable entropy) {
        SDVariable weights = sd.placeHolder(WEIGHTS, DataType.FLOAT, -1);
        SDVariable labelled = sd.placeHolder(LABELLED, DataType.FLOAT);
        return sd.sum(logProbs.mul(weights)).neg().div(labelled).rename(LOSS);
    }

    /**
     * Values of the placeholders; the caller closes them.
     *
     * @param weights w, one a target
     * @param labelled n, labelled tokens of the whole window
     */
    public static Map<String, INDArray> inputs(float[] weights, long labelled) {
        return Map.of(WEIGHTS, Nd4j.createFromArray(weights), LABELLED, Nd4j.scalar((float) labelled));
    }
}
