package thinkj.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import thinkj.Golden;

/** verl's functions on made-up numbers. All are fp32 there and here: a few units in the last place of values up to 20. */
@Tag("golden")
class GrpoSyntheticGoldenTest {
    private static final double TOLERANCE = 5e-6;
    private final JsonNode golden = Golden.json("grpo/synthetic.json");

    @Test
    void policyLoss() {
        for (JsonNode of : golden.get("compute_policy_loss")) {
            String name = of.get("name").asText();
            double[] mask = Golden.doubles(of.get("eos_mask"));
            int[] live = IntStream.range(0, mask.length).filter(i -> mask[i] != 0).toArray();
            double clip = of.get("cliprange").doubleValue();
            GrpoLoss loss = new GrpoLoss(clip, clip, Optional.empty(), 0, 0);
            float[] weights = new float[live.length];
            Arrays.fill(weights, 1f / live.length);
            LossCheck check = new LossCheck(
                    loss::define, loss.inputs(pick(of, "old_log_prob", live), new float[0], pick(of, "advantages", live), weights));
            float[] logProbs = pick(of, "log_prob", live);
            float[] entropy = new float[live.length];
            Map<String, double[]> values = check.values(logProbs, entropy, loss.outputs());
            for (String output : List.of("pg_loss", "pg_clipfrac", "ppo_kl")) {
                assertEquals(of.get(output).doubleValue(), values.get(output)[0], TOLERANCE, name + " " + output);
            }
            double[] gradient = check.gradients(logProbs, entropy, "p").get("p");
            assertArrayEquals(doubles(pick(of, "grad_log_prob", live)), gradient, TOLERANCE, name + " gradient");
        }
    }

    @Test
    void divergence() {
        for (JsonNode of : golden.get("kl_penalty").get("cases")) {
            if (!of.get("kind").asText().equals("low_var_kl")) {
                continue;
            }
            double[] expected = Golden.doubles(of.get("value"));
            int[] all = IntStream.range(0, expected.length).toArray();
            float[] logProbs = pick(of, "logprob", all);
            float[] reference = pick(of, "ref_logprob", all);
            GrpoLoss loss = new GrpoLoss(0.2, 0.2, Optional.empty(), 0, 1);
            for (int t : all) {
                float[] one = new float[all.length];
                one[t] = 1;
                LossCheck check = new LossCheck(loss::define, loss.inputs(logProbs, reference, new float[all.length], one));
                double value = check.values(logProbs, logProbs, List.of("kl_loss")).get("kl_loss")[0];
                assertEquals(expected[t], value, TOLERANCE, of.get("name") + " " + t);
            }
            float[] ones = new float[all.length];
            Arrays.fill(ones, 1);
            LossCheck check = new LossCheck(loss::define, loss.inputs(logProbs, reference, new float[all.length], ones));
            double[] gradient = check.gradients(logProbs, logProbs, "p").get("p");
            assertArrayEquals(Golden.doubles(of.get("grad_of_sum_wrt_logprob")), gradient, TOLERANCE, of.get("name") + " gradient");
        }
    }

    @Test
    void advantages() {
        for (JsonNode of : golden.get("compute_grpo_outcome_advantage")) {
            double[] scores = scores(of.get("token_level_rewards"));
            List<String> names = new ArrayList<>();
            int[] prompts = new int[scores.length];
            for (int i = 0; i < prompts.length; i++) {
                String name = of.get("index").get(i).asText();
                if (!names.contains(name)) {
                    names.add(name);
                }
                prompts[i] = names.indexOf(name);
            }
            compare(of, scores, prompts, GroupAdvantages.of(scores, prompts, true).values());
        }
    }

    /**
     * The original's advantages are fp32: its deviation has an error of some 1e-7 of the scores' size, and so has the quotient for every
     * unit of the deviation. Where all scores are equal, its rounding residue is not what we want: ours are 0.
     */
    private static void compare(JsonNode of, double[] scores, int[] prompts, double[] advantages) {
        for (int i = 0; i < scores.length; i++) {
            int prompt = prompts[i];
            double[] group = IntStream.range(0, scores.length).filter(j -> prompts[j] == prompt).mapToDouble(j -> scores[j]).toArray();
            double expected = Golden.doubles(of.get("advantages").get(i))[0];
            if (group.length > 1 && Arrays.stream(group).distinct().count() == 1) {
                assertEquals(0.0, advantages[i], of.get("name") + " " + i);
            } else {
                assertEquals(expected, advantages[i], 1e-5, of.get("name") + " " + i);
            }
        }
    }

    private static double[] scores(JsonNode rewards) {
        double[] scores = new double[rewards.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Arrays.stream(Golden.doubles(rewards.get(i))).sum();
        }
        return scores;
    }

    private static float[] pick(JsonNode of, String field, int[] live) {
        double[] all = Golden.doubles(of.get(field));
        float[] picked = new float[live.length];
        for (int i = 0; i < live.length; i++) {
            picked[i] = (float) all[live[i]];
        }
        return picked;
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
}
