package thinkj.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import thinkj.Golden;

/** Every component of the original's preference loss, from its own token log-probabilities. fp32 sums of some tens of tokens. */
@Tag("golden")
class DpoComponentsGoldenTest {
    private static final double TOLERANCE = 2e-5;
    private final JsonNode golden = Golden.json("dpo/golden.json");
    private final int pairs = golden.get("batch").get("input_ids").size() / 2;
    private final int[][] labels = Golden.rows(golden.get("batch").get("labels"));

    @Test
    void components() {
        JsonNode hyper = golden.get("hyper");
        Map<String, double[]> values = values(
                hyper.get("beta").doubleValue(), hyper.get("pref_ftx").doubleValue(), hyper.get("label_smoothing").doubleValue());
        same("policy_chosen_logps", values.get(DpoLoss.CHOSEN_LOG_PROBS));
        same("policy_rejected_logps", values.get(DpoLoss.REJECTED_LOG_PROBS));
        same("dpo_losses", values.get(DpoLoss.PREFERENCE_LOSS));
        same("sft_losses", values.get(DpoLoss.IMITATION_LOSS));
        same("chosen_rewards", values.get(DpoLoss.CHOSEN_REWARDS));
        same("rejected_rewards", values.get(DpoLoss.REJECTED_REWARDS));
        assertEquals(golden.get("loss").doubleValue(), values.get(DpoLoss.LOSS)[0], TOLERANCE, "loss");
    }

    @Test
    void withoutImitation() {
        double beta = golden.get("hyper").get("beta").doubleValue();
        assertEquals(golden.get("pure_dpo_ftx0").get("loss").doubleValue(), values(beta, 0, 0).get(DpoLoss.LOSS)[0], TOLERANCE);
    }

    @Test
    void smoothedLabels() {
        golden.fieldNames().forEachRemaining(field -> {
            String prefix = "dpo_losses_label_smoothing_";
            if (field.startsWith(prefix)) {
                double smoothing = Double.parseDouble(field.substring(prefix.length()));
                double beta = golden.get("hyper").get("beta").doubleValue();
                same(field, values(beta, 0, smoothing).get(DpoLoss.PREFERENCE_LOSS));
            }
        });
    }

    private void same(String field, double[] values) {
        assertArrayEquals(Golden.doubles(golden.get(field)), values, TOLERANCE, field);
    }

    private Map<String, double[]> values(double beta, double ftx, double smoothing) {
        float[] logProbs = new float[0];
        int[] chosen = new int[pairs];
        int[] rejected = new int[pairs];
        for (int p = 0; p < pairs; p++) {
            float[] ofChosen = tokens(p);
            float[] ofRejected = tokens(pairs + p);
            chosen[p] = ofChosen.length;
            rejected[p] = ofRejected.length;
            logProbs = joined(joined(logProbs, ofChosen), ofRejected);
        }
        float[] weights = new float[pairs];
        Arrays.fill(weights, 1f / pairs);
        LossCheck check = new LossCheck(
                new DpoLoss(beta, ftx, smoothing)::define,
                DpoLoss.inputs(chosen, rejected, floats("reference_chosen_logps"), floats("reference_rejected_logps"), weights));
        return check.values(logProbs, new float[logProbs.length], List.of(
                DpoLoss.LOSS, DpoLoss.PREFERENCE_LOSS, DpoLoss.IMITATION_LOSS, DpoLoss.CHOSEN_LOG_PROBS, DpoLoss.REJECTED_LOG_PROBS,
                DpoLoss.CHOSEN_REWARDS, DpoLoss.REJECTED_REWARDS));
    }

    /** Log-probabilities of a row's labelled tokens; the table starts at the second token. */
    private float[] tokens(int row) {
        double[] shifted = Golden.doubles(golden.get("policy_token_logps_shifted").get(row));
        int[] live = IntStream.range(1, labels[row].length).filter(t -> labels[row][t] >= 0).toArray();
        float[] values = new float[live.length];
        for (int i = 0; i < live.length; i++) {
            values[i] = (float) shifted[live[i] - 1];
        }
        return values;
    }

    private float[] floats(String field) {
        double[] values = Golden.doubles(golden.get(field));
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static float[] joined(float[] a, float[] b) {
        float[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}
