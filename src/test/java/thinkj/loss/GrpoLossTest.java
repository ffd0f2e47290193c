package thinkj.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GrpoLossTest {
    private static final float[] NONE = new float[0];

    private static float[] filled(int length, float value) {
        float[] values = new float[length];
        Arrays.fill(values, value);
        return values;
    }

    private static LossCheck check(GrpoLoss loss, float[] old, float[] reference, float[] advantages) {
        return new LossCheck(loss::define, loss.inputs(old, reference, advantages, filled(old.length, 1f / old.length)));
    }

    @Test
    void gradientAgreesWithDifferencesAwayFromTheKinks() {
        GrpoLoss loss = new GrpoLoss(0.2, 0.3, Optional.of(3.0), 0.05, 0.2);
        float[] old = {-1f, -1f, -1f, -1f, -1f, -1f, -1f};
        float[] now = {-1.05f, -0.5f, -1.6f, -0.4f, -1.7f, 0.5f, -1.1f};
        float[] advantages = {1.2f, 1.2f, 1.2f, -0.7f, -0.7f, -0.7f, 0};
        float[] reference = {-1.2f, -0.3f, -2f, 1f, -1f, -5f, -1f};
        check(loss, old, reference, advantages).differences(now, filled(7, 2f), 1e-3);
    }

    @Test
    void entropyIsRewarded() {
        GrpoLoss loss = new GrpoLoss(0.2, 0.2, Optional.empty(), 0.5, 0);
        float[] same = {-1f, -2f};
        LossCheck check = check(loss, same, NONE, new float[2]);
        assertEquals(-0.5 * 3, check.loss(same, new float[] {2, 4}), 1e-6);
        assertArrayEquals(new double[] {-0.25, -0.25}, check.gradients(same, new float[] {2, 4}, "h").get("h"), 1e-7);
    }

    @Test
    void onPolicyTheGradientIsTheAdvantage() {
        GrpoLoss loss = new GrpoLoss(0.2, 0.2, Optional.empty(), 0, 0);
        float[] same = {-1f, -2f, -3f, -4f};
        LossCheck check = check(loss, same, NONE, new float[] {1, -1, 0.5f, 0});
        assertArrayEquals(new double[] {-0.25, 0.25, -0.125, 0}, check.gradients(same, new float[4], "p").get("p"), 1e-8);
        assertEquals(0, check.values(same, new float[4], List.of(GrpoLoss.CLIP_FRACTION)).get(GrpoLoss.CLIP_FRACTION)[0]);
    }

    @Test
    void dualClipBoundsTheLossOfBadSamples() {
        float[] old = {-3f};
        float[] now = {0f};
        float[] bad = {-2f};
        LossCheck open = check(new GrpoLoss(0.2, 0.2, Optional.empty(), 0, 0), old, NONE, bad);
        LossCheck dual = check(new GrpoLoss(0.2, 0.2, Optional.of(3.0), 0, 0), old, NONE, bad);
        assertEquals(2 * Math.exp(3), open.loss(now, new float[1]), 1e-4);
        assertEquals(6, dual.loss(now, new float[1]), 1e-6);
        assertEquals(0, dual.gradients(now, new float[1], "p").get("p")[0], Double.MIN_VALUE);
    }

    @Test
    void clampedDivergenceHasNoGradientAndNeverOverflows() {
        GrpoLoss loss = new GrpoLoss(0.2, 0.2, Optional.empty(), 0, 1);
        float[] now = {-150f, -20f, -0.1f, -3.7f};
        float[] reference = {-0.1f, -1f, -50f, -1f};
        LossCheck check = check(loss, now, reference, new float[4]);
        double kl = check.values(now, new float[4], List.of(GrpoLoss.KL_LOSS)).get(GrpoLoss.KL_LOSS)[0];
        // all four distances (149.9, 19, -49.9, 2.7) are beyond the clamp
        assertEquals(10, kl, 1e-4);
        assertArrayEquals(new double[4], check.gradients(now, new float[4], "p").get("p"), Double.MIN_VALUE);
    }

    @Test
    void withoutEntropyAndKlTheLossIsThePolicysAlone() {
        GrpoLoss loss = new GrpoLoss(0.2, 0.2, Optional.empty(), 0, 0);
        assertEquals(List.of("loss", "pg_loss", "pg_clipfrac", "ppo_kl"), loss.outputs());
        float[] same = {-1f, -2f};
        LossCheck check = check(loss, same, NONE, new float[] {1, -3});
        Map<String, double[]> values = check.values(same, new float[] {2, 4}, List.of(GrpoLoss.LOSS, GrpoLoss.POLICY_LOSS));
        assertEquals(1, values.get(GrpoLoss.LOSS)[0], 1e-7);
        assertEquals(1, values.get(GrpoLoss.POLICY_LOSS)[0], 1e-7);
    }

    @Test
    void withoutKlThereIsNoReference() {
        GrpoLoss loss = new GrpoLoss(0.2, 0.2, Optional.empty(), 0.001, 0);
        assertEquals(List.of("loss", "pg_loss", "pg_clipfrac", "ppo_kl", "entropy_loss"), loss.outputs());
        assertEquals(Map.of(), subset(loss));
    }

    private static Map<String, ?> subset(GrpoLoss loss) {
        Map<String, ?> inputs = loss.inputs(new float[1], NONE, new float[1], new float[1]);
        inputs.keySet().removeAll(List.of("old_log_probs", "advantages", "weights"));
        return inputs;
    }
}
