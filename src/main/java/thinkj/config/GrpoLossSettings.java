package thinkj.config;

import java.util.Optional;

/**
 * What reinforcement minimises.
 *
 * @param aggregation how tokens are averaged
 * @param clipRatioLow how far below 1 a token's ratio of probabilities still counts
 * @param clipRatioHigh how far above 1
 * @param dualClip most that the ratio counts where the advantage is negative; empty is off
 * @param entropyCoefficient how much entropy is rewarded; at 0 it is neither computed nor reported
 * @param klCoefficient how much distance from the start model costs; at 0 the start model is not held
 * @param normAdvByStdInGrpo whether advantages are divided by the deviation of their group's rewards
 * @param skipZeroVarianceGroups leave out the groups whose answers all scored the same: no advantage, only entropy and KL
 */
public record GrpoLossSettings(
        Aggregation aggregation,
        double clipRatioLow,
        double clipRatioHigh,
        Optional<Double> dualClip,
        double entropyCoefficient,
        double klCoefficient,
        boolean normAdvByStdInGrpo,
        boolean skipZeroVarianceGroups) {

    public GrpoLossSettings {
        Rules rules = new Rules()
                .that(clipRatioLow > 0 && clipRatioLow <= 1, "clip_ratio_low", clipRatioLow, "must be greater than 0 and at most 1")
                .that(clipRatioHigh > 0 && Double.isFinite(clipRatioHigh), "clip_ratio_high", clipRatioHigh, "must be greater than 0")
                .that(Double.isFinite(entropyCoefficient), "entropy_coefficient", entropyCoefficient, "must be finite")
                .that(klCoefficient >= 0 && Double.isFinite(klCoefficient), "kl_coefficient", klCoefficient, "must be at least 0");
        if (dualClip != null && dualClip.isPresent()) {
            rules.that(dualClip.get() > 1, "dual_clip", dualClip.get(), "must be greater than 1 or null");
        }
        rules.check();
    }
}
