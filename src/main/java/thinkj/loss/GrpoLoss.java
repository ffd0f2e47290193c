package thinkj.loss;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Group relative policy optimisation (Shao et al., 2024, equation 3), with PPO's clipped surrogate (Schulman et al., 2017, equation 7),
 * an entropy bonus, and the k3 estimator of the KL divergence to a reference (Schulman, "Approximating KL divergence", 2020). With
 * {@code ρ = exp(log p − old)} and {@code d = ref − log p}, token by token:
 *
 * <pre>
 * pg = max(−Aρ, −A·clip(ρ, 1 − ε_low, 1 + ε_high));  kl = min(e^d − d − 1, 10)
 * L  = Σ_t w_t · (pg_t − entropyCoefficient · H_t + klCoefficient · kl_t)
 * </pre>
 *
 * <p>The weights w say how tokens are averaged: over a micro-batch, a mini-batch or a sequence at a time. With a dual clip c (Ye et
 * al., 2020), pg is at most {@code −A·c} where A is negative.
 *
 * @param clipLow ε_low
 * @param clipHigh ε_high
 * @param dualClip c, above 1; empty for none
 * @param entropyCoefficient how much entropy is rewarded; at 0 none is computed
 * @param klCoefficient how much distance from the reference costs; at 0 there is no reference at all
 */
public record GrpoLoss(double clipLow, double clipHigh, Optional<Double> dualClip, double entropyCoefficient, double klCoefficient) {
    /** Name of the scalar to minimise. */
    public static final String LOSS = "loss";

    /** Weighted sums that are reported: the policy's loss, the share of tokens that clipping touched, old − new log-probability. */
    public static final String POLICY_LOSS = "pg_loss";

    public static final String CLIP_FRACTION = "pg_clipfrac";
    public static final String POLICY_KL = "ppo_kl";
    public static final String ENTROPY_LOSS = "entropy_loss";
    public static final String KL_LOSS = "kl_loss";

    private static final String OLD = "old_log_probs";
    private static final String REFERENCE = "reference_log_probs";
    private static final String ADVANTAGES = "advantages";
    private static final String WEIGHTS = "weights";

    /** The clamp of verl's {@code low_var_kl}; the estimator is never negative, so that its lower end is out of reach. */
    private static final double KL_LIMIT = 10;

    /** From here on the estimator is far beyond its limit: no need to go where the exponential overflows. */
    private static final double KL_SATURATED = 4;

    /** Names of what is reported. */
    public List<String> outputs() {
        List<String> names = new ArrayList<>(List.of(LOSS, POLICY_LOSS, CLIP_FRACTION, POLICY_KL));
        if (entropyCoefficient != 0) {
            names.add(ENTROPY_LOSS);
        }
        if (klCoefficient > 0) {
            names.add(KL_LOSS);
        }
        return names;
    }

    /**
     * @param logProbs log p of each target, [M]
     * @param entropy H of each target's distribution, [M]
     */
    public SDVariable define(SameDiff sd, SDVariable logProbs, SDVariable entropy) {
        SDVariable old = sd.placeHolder(OLD, DataType.FLOAT, -1);
        SDVariable advantages = sd.placeHolder(ADVANTAGES, DataType.FLOAT, -1);
        SDVariable weights = sd.placeHolder(WEIGHTS, DataType.FLOAT, -1);
        SDVariable ratio = sd.math().exp(logProbs.sub(old));
        // Multiplied by one so that the policy's part stays a node of its own where it is the whole loss.
        SDVariable loss = weighted(sd, weights, advantages.neg().mul(clipped(sd, ratio, advantages)), POLICY_LOSS).mul(1);
        if (entropyCoefficient != 0) {
            loss = loss.sub(weighted(sd, weights, entropy, ENTROPY_LOSS).mul(entropyCoefficient));
        }
        report(sd, weights, logProbs, old, ratio, advantages);
        if (klCoefficient > 0) {
            SDVariable distance = sd.placeHolder(REFERENCE, DataType.FLOAT, -1).sub(logProbs);
            loss = loss.add(weighted(sd, weights, k3(sd, distance), KL_LOSS).mul(klCoefficient));
        }
        return loss.rename(LOSS);
    }

    /**
     * The ratio as it counts: at most 1 + ε_high where the advantage is positive, at least 1 − ε_low where it is negative. The same as
     * the larger of the two losses, without a maximum of two equal terms, whose gradient libraries split or count twice.
     */
    private SDVariable clipped(SameDiff sd, SDVariable ratio, SDVariable advantages) {
        SDVariable good = sd.math().sign(advantages).add(1).mul(0.5);
        SDVariable down = Arithmetic.atLeast(sd, ratio, 1 - clipLow);
        if (dualClip.isPresent()) {
            down = Arithmetic.atMost(sd, down, dualClip.get());
        }
        return good.mul(Arithmetic.atMost(sd, ratio, 1 + clipHigh)).add(good.rsub(1).mul(down));
    }

    private static SDVariable k3(SameDiff sd, SDVariable distance) {
        SDVariable d = Arithmetic.cutAbove(sd, distance, KL_SATURATED);
        return Arithmetic.cutAbove(sd, sd.math().exp(d).sub(d).sub(1), KL_LIMIT);
    }

    private void report(SameDiff sd, SDVariable weights, SDVariable logProbs, SDVariable old, SDVariable ratio, SDVariable advantages) {
        weighted(sd, weights, old.sub(logProbs), POLICY_KL);
        SDVariable sign = sd.math().sign(advantages);
        SDVariable tooHigh = sd.gt(ratio, 1 + clipHigh).castTo(DataType.FLOAT).mul(sd.nn().relu(sign, 0));
        SDVariable tooLow = sd.lt(ratio, 1 - clipLow).castTo(DataType.FLOAT).mul(sd.nn().relu(sign.neg(), 0));
        weighted(sd, weights, tooHigh.add(tooLow), CLIP_FRACTION);
    }

    private static SDVariable weighted(SameDiff sd, SDVariable weights, SDVariable values, String name) {
        return sd.sum(values.mul(weights)).rename(name);
    }

    /**
     * Values of the placeholders, one a target; the caller closes them.
     *
     * @param reference left out when the coefficient of the KL is 0
     */
    public Map<String, INDArray> inputs(float[] old, float[] reference, float[] advantages, float[] weights) {
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        inputs.put(OLD, Nd4j.createFromArray(old));
        inputs.put(ADVANTAGES, Nd4j.createFromArray(advantages));
        inputs.put(WEIGHTS, Nd4j.createFromArray(weights));
        if (klCoefficient > 0) {
            inputs.put(REFERENCE, Nd4j.createFromArray(reference));
        }
        return inputs;
    }
}
