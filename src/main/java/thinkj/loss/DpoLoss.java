package thinkj.loss;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Direct preference optimisation (Rafailov et al., 2023, equation 7) with a share of imitation of the chosen answer (the "RPO" term
 * of Pang et al., 2024) and conservative label smoothing (Mitchell, 2023). For a pair of answers with the sums π of their tokens'
 * log-probabilities, r those of the reference, and {@code z = β·((π_c − π_r) − (r_c − r_r))}:
 *
 * <pre>
 * loss = −(1 − s)·log σ(z) − s·log σ(−z) + ftx · (−π_c / len_c)
 * </pre>
 *
 * <p>The scalar is {@code Σ_i weight_i · loss_i}; the weights say how pairs and micro-batches are averaged.
 *
 * @param beta β, how strongly the policy is held to the reference
 * @param ftx weight of the imitation
 * @param labelSmoothing s, the share of pairs taken to be labelled the wrong way round
 */
public record DpoLoss(double beta, double ftx, double labelSmoothing) {
    /** Name of the scalar to minimise. */
    public static final String LOSS = "loss";

    /** Names of what is reported of each pair, [P]: the two terms, the answers' log-probabilities and rewards. */
    public static final String PREFERENCE_LOSS = "dpo_losses";

    public static final String IMITATION_LOSS = "sft_losses";
    public static final String CHOSEN_LOG_PROBS = "chosen_logps";
    public static final String REJECTED_LOG_PROBS = "rejected_logps";
    public static final String CHOSEN_REWARDS = "chosen_rewards";
    public static final String REJECTED_REWARDS = "rejected_rewards";

    private static final String CHOSEN = "chosen";
    private static final String REJECTED = "rejected";
    private static final String REFERENCE_CHOSEN = "reference_chosen";
    private static final String REFERENCE_REJECTED = "reference_rejected";
    private static final String CHOSEN_LENGTH = "chosen_length";
    private static final String PAIR_WEIGHT = "pair_weight";

    /**
     * @param logProbs log-probability of each target, [M]
     * @param entropy not used
     */
    public SDVariable define(SameDiff sd, SDVariable logProbs, SDVariable entropy) {
        SDVariable chosen = sumsOf(sd, logProbs, CHOSEN).rename(CHOSEN_LOG_PROBS); // [P]
        SDVariable rejected = sumsOf(sd, logProbs, REJECTED).rename(REJECTED_LOG_PROBS); // [P]
        SDVariable chosenGain = chosen.sub(sd.placeHolder(REFERENCE_CHOSEN, DataType.FLOAT, -1));
        SDVariable rejectedGain = rejected.sub(sd.placeHolder(REFERENCE_REJECTED, DataType.FLOAT, -1));
        chosenGain.mul(beta).rename(CHOSEN_REWARDS);
        rejectedGain.mul(beta).rename(REJECTED_REWARDS);
        SDVariable z = chosenGain.sub(rejectedGain).mul(beta);
        SDVariable preference = Arithmetic.softplus(sd, z.neg()).mul(1 - labelSmoothing);
        if (labelSmoothing > 0) {
            preference = preference.add(Arithmetic.softplus(sd, z).mul(labelSmoothing));
        }
        preference = preference.rename(PREFERENCE_LOSS);
        SDVariable imitation = chosen.neg().div(sd.placeHolder(CHOSEN_LENGTH, DataType.FLOAT, -1)).rename(IMITATION_LOSS);
        SDVariable weight = sd.placeHolder(PAIR_WEIGHT, DataType.FLOAT, -1);
        return sd.sum(preference.add(imitation.mul(ftx)).mul(weight)).rename(LOSS);
    }

    /** Sums over each answer's tokens as a product with a matrix of zeros and ones: [P, M] · [M, 1] → [P]. */
    private static SDVariable sumsOf(SameDiff sd, SDVariable logProbs, String membership) {
        SDVariable belongs = sd.placeHolder(membership, DataType.FLOAT, -1, -1);
        return sd.reshape(sd.mmul(belongs, sd.reshape(logProbs, -1, 1)), -1);
    }

    /**
     * Values of the placeholders for P pairs packed pair after pair, the chosen answer first; the caller closes them.
     *
     * @param chosenTargets targets of each chosen answer, [P]; with {@code rejectedTargets} they sum to M
     * @param rejectedTargets targets of each rejected answer, [P]
     * @param referenceChosen the reference's sums, [P]
     * @param referenceRejected the reference's sums, [P]
     * @param weights of each pair in the scalar, [P]
     */
    public static Map<String, INDArray> inputs(
            int[] chosenTargets, int[] rejectedTargets, float[] referenceChosen, float[] referenceRejected, float[] weights) {
        int pairs = chosenTargets.length;
        int targets = 0;
        for (int p = 0; p < pairs; p++) {
            targets += chosenTargets[p] + rejectedTargets[p];
        }
        float[][] chosen = new float[pairs][targets];
        float[][] rejected = new float[pairs][targets];
        float[] lengths = new float[pairs];
        int at = 0;
        for (int p = 0; p < pairs; p++) {
            Arrays.fill(chosen[p], at, at + chosenTargets[p], 1);
            at += chosenTargets[p];
            Arrays.fill(rejected[p], at, at + rejectedTargets[p], 1);
            at += rejectedTargets[p];
            lengths[p] = chosenTargets[p];
        }
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        inputs.put(CHOSEN, Nd4j.createFromArray(chosen));
        inputs.put(REJECTED, Nd4j.createFromArray(rejected));
        inputs.put(REFERENCE_CHOSEN, Nd4j.createFromArray(referenceChosen));
        inputs.put(REFERENCE_REJECTED, Nd4j.createFromArray(referenceRejected));
        inputs.put(CHOSEN_LENGTH, Nd4j.createFromArray(lengths));
        inputs.put(PAIR_WEIGHT, Nd4j.createFromArray(weights));
        return inputs;
    }
}
