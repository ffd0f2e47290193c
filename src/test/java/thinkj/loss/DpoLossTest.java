package thinkj.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

class DpoLossTest {
    /** Two pairs, packed chosen, rejected, chosen, rejected. */
    private static final float[] LOG_PROBS = {-1f, -2f, -0.5f, -3f, -1.5f, -2.5f, -0.25f};

    private static final float[] ENTROPY = new float[7];
    private static final int[] CHOSEN = {2, 1};
    private static final int[] REJECTED = {1, 3};

    private static Map<String, INDArray> inputs(float weight) {
        return DpoLoss.inputs(CHOSEN, REJECTED, new float[] {-2.5f, -3.5f}, new float[] {-1f, -4f}, new float[] {weight, weight});
    }

    @Test
    void formulaByHand() {
        double beta = 0.3;
        double ftx = 0.7;
        double smoothing = 0.1;
        LossCheck check = new LossCheck(new DpoLoss(beta, ftx, smoothing)::define, inputs(0.5f));
        double[] pi = {-3, -0.5, -3, -4.25};
        double z1 = beta * ((pi[0] - pi[1]) - (-2.5 + 1));
        double z2 = beta * ((pi[2] - pi[3]) - (-3.5 + 4));
        double[] expected = {preference(z1, smoothing), preference(z2, smoothing)};
        Map<String, double[]> values = check.values(LOG_PROBS, ENTROPY, List.of(
                DpoLoss.LOSS, DpoLoss.PREFERENCE_LOSS, DpoLoss.IMITATION_LOSS, DpoLoss.CHOSEN_REWARDS, DpoLoss.REJECTED_REWARDS));
        // fp32 against double
        assertArrayEquals(expected, values.get(DpoLoss.PREFERENCE_LOSS), 1e-6);
        assertArrayEquals(new double[] {1.5, 3}, values.get(DpoLoss.IMITATION_LOSS), 1e-6);
        assertArrayEquals(new double[] {beta * -0.5, beta * 0.5}, values.get(DpoLoss.CHOSEN_REWARDS), 1e-6);
        assertArrayEquals(new double[] {beta * 0.5, beta * -0.25}, values.get(DpoLoss.REJECTED_REWARDS), 1e-6);
        assertEquals((expected[0] + expected[1] + ftx * 4.5) / 2, values.get(DpoLoss.LOSS)[0], 1e-6);
    }

    private static double preference(double z, double smoothing) {
        return (1 - smoothing) * Math.log1p(Math.exp(-z)) + smoothing * Math.log1p(Math.exp(z));
    }

    @Test
    void gradientAgreesWithDifferences() {
        new LossCheck(new DpoLoss(0.5, 0.3, 0.1)::define, inputs(0.5f)).differences(LOG_PROBS, ENTROPY, 3e-4);
    }

    @Test
    void untrainedPolicyLearns() {
        // Policy and reference agree: z is exactly 0, where |z| has no slope. The gradient there is β/2.
        Map<String, INDArray> same = DpoLoss.inputs(new int[] {1}, new int[] {1}, new float[] {-1}, new float[] {-2}, new float[] {1});
        LossCheck check = new LossCheck(new DpoLoss(0.1, 0, 0)::define, same);
        assertArrayEquals(new double[] {-0.05, 0.05}, check.gradients(new float[] {-1, -2}, new float[2], "p").get("p"), 1e-8);
    }

    @Test
    void farApartStaysFinite() {
        Map<String, INDArray> far = DpoLoss.inputs(new int[] {1}, new int[] {1}, new float[] {0}, new float[] {-900}, new float[] {1});
        LossCheck check = new LossCheck(new DpoLoss(1, 0, 0)::define, far);
        float[] worst = {-900, 0};
        assertEquals(1800, check.loss(worst, new float[2]), 1e-3);
        assertArrayEquals(new double[] {-1, 1}, check.gradients(worst, new float[2], "p").get("p"), 1e-6);
    }
}
