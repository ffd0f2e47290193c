package thinkj.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SftLossTest {
    private static final float[] LOG_PROBS = {-1f, -2f, -0.5f};
    private static final float[] ENTROPY = new float[3];

    @Test
    void weightedSumOverTheWindowsLabels() {
        LossCheck check = new LossCheck(SftLoss::define, SftLoss.inputs(new float[] {1, 1, 0}, 6));
        // (1 + 2) / 6, exact in binary; the third target does not count.
        assertEquals(0.5, check.loss(LOG_PROBS, ENTROPY));
        assertArrayEquals(new double[] {-1 / 6.0, -1 / 6.0, 0}, check.gradients(LOG_PROBS, ENTROPY, "p").get("p"), 1e-7);
    }

    @Test
    void gradientAgreesWithDifferences() {
        new LossCheck(SftLoss::define, SftLoss.inputs(new float[] {1, 0.5f, 2}, 5)).differences(LOG_PROBS, ENTROPY, 1e-4);
    }
}
