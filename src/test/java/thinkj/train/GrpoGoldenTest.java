package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.Golden;
import thinkj.config.Aggregation;
import thinkj.config.DecayGroup;
import thinkj.config.OptimizerSettings;
import thinkj.config.ScheduleKind;
import thinkj.data.TrainingSequence;
import thinkj.loss.GroupAdvantages;
import thinkj.loss.GrpoLoss;
import thinkj.model.LossGraph;
import thinkj.model.Qwen2Model;

/** Reinforcement from scores to the parameters after an update, against verl's actor on a tiny model, in all its configurations. */
@Tag("golden")
class GrpoGoldenTest {
    /** fp32 log-probabilities and entropies of about 6; the originals differ among themselves by 2e-6. */
    private static final double LOG_PROB = 5e-5;

    /** Means of fp32 terms: two roundings of numbers of about 1. */
    private static final double SCALAR = 1e-5;

    /** Scalars of a second mini-batch are taken after a step of Adam, which the smallest gradients' rounding decides. */
    private static final double LATER_SCALAR = 1e-3;

    private final JsonNode golden = Golden.json("grpo/golden.json");
    private final JsonNode batch = golden.get("batch");

    @Test
    void advantages() {
        double[] advantages = computedAdvantages();
        for (int row = 0; row < advantages.length; row++) {
            // verl computes in fp32.
            assertEquals(golden.get("advantages").get(row).get(0).doubleValue(), advantages[row], 1e-6);
        }
    }

    @Test
    void everyRun() {
        golden.get("runs").properties().forEach(run -> run(run.getKey(), run.getValue()));
    }

    private void run(String name, JsonNode run) {
        try (Qwen2Model policy = GoldenModel.open(folder("policy"));
                Qwen2Model old = GoldenModel.open(folder("old_policy"));
                Qwen2Model reference = GoldenModel.open(folder("reference"))) {
            List<TrainingSequence> sequences = sequences();
            double temperature = run.get("temperature").doubleValue();
            int micro = run.get("config").get("ppo_micro_batch_size_per_gpu").asInt();
            float[][] oldLogProbs = scored(old, temperature, micro, sequences, run.get("old_log_probs"), name + " old");
            float[][] referenceLogProbs = scored(reference, temperature, micro, sequences, run.get("ref_log_prob"), name + " reference");
            scored(policy, temperature, micro, sequences, run.get("log_probs"), name + " policy", firstMiniBatch(run));
            entropies(policy, temperature, sequences, run, name);
            double[] advantages = computedAdvantages();
            List<Experience> answers = new ArrayList<>();
            for (int row = 0; row < sequences.size(); row++) {
                answers.add(new Experience("row " + row, sequences.get(row), advantages[row], oldLogProbs[row], referenceLogProbs[row]));
            }
            update(policy, run, answers, name);
        }
    }

    private void update(Qwen2Model policy, JsonNode run, List<Experience> answers, String name) {
        JsonNode config = run.get("config");
        int mini = config.get("ppo_mini_batch_size").asInt();
        double clip = config.get("clip_ratio").doubleValue();
        GrpoLoss loss = new GrpoLoss(
                clip, clip, Optional.empty(), config.get("entropy_coeff").doubleValue(), config.get("kl_loss_coef").doubleValue());
        PolicyGradient gradient = new PolicyGradient(
                policy, run.get("temperature").doubleValue(), loss, Aggregation.MICRO_MEAN,
                config.get("ppo_micro_batch_size_per_gpu").asInt(), Optional.empty());
        Map<String, double[]> start = GoldenTraining.copy(policy.weights());
        int micro = 0;
        int updates = run.get("optimizer_steps").size();
        try (Updater updater = new Updater(policy.weights(), settings(run), updates, policy::weightWritten, policy::weightsChanged)) {
            for (int u = 0; u < updates; u++) {
                int from = u * mini % answers.size(); // a second pass begins anew
                var shares = gradient.accumulate(answers.subList(from, from + mini), u + 1, updater.gradients());
                for (Map<String, Double> share : shares) {
                    scalars(run.get("micro_batches").get(micro++), share, shares.size(), u > 0, name);
                }
                JsonNode step = run.get("optimizer_steps").get(u);
                String what = "grpo " + name + " step " + (u + 1);
                GoldenTraining.gradients("grpo", step.get("grads"), GoldenTraining.copy(updater.gradients().arrays()), what + " gradients");
                double norm = run.get("grad_norm_before_clip").get(u).doubleValue();
                assertEquals(norm, updater.apply().gradientNorm(), norm * 1e-4, what + " norm");
                GoldenTraining.parameters("grpo", step.get("params_after"), start, GoldenTraining.copy(policy.weights()), what + " AdamW");
            }
        }
    }

    private static void scalars(JsonNode expected, Map<String, Double> shares, int microBatches, boolean later, String name) {
        Map<String, String> names = new HashMap<>(Map.of(GrpoLoss.LOSS, "policy_loss"));
        for (String same : List.of("pg_loss", "pg_clipfrac", "ppo_kl", "entropy_loss", "kl_loss")) {
            names.put(same, same);
        }
        names.forEach((ours, theirs) -> assertEquals(
                expected.get(theirs).doubleValue(),
                shares.get(ours) * microBatches,
                later ? LATER_SCALAR : SCALAR,
                name + " " + theirs + " of rows " + expected.get("rows")));
        assertEquals(
                expected.get("loss_backward").doubleValue(), shares.get(GrpoLoss.LOSS), later ? LATER_SCALAR : SCALAR, name + " loss_backward");
    }

    private float[][] scored(
            Qwen2Model model, double temperature, int micro, List<TrainingSequence> sequences, JsonNode expected, String what) {
        return scored(model, temperature, micro, sequences, expected, what, sequences.size());
    }

    /** Scores all and compares the first {@code known} rows. */
    private float[][] scored(
            Qwen2Model model, double temperature, int micro, List<TrainingSequence> sequences, JsonNode expected, String what, int known) {
        float[][] values = new TokenScorer(model, temperature, micro, Optional.empty()).logProbs(sequences);
        double worst = 0;
        for (int row = 0; row < known; row++) {
            worst = Math.max(worst, largest(expected.get(row), values[row]));
        }
        assertTrue(worst <= LOG_PROB, what + " log-probabilities: largest error " + worst);
        GoldenTraining.report("grpo " + what + " log-probability, absolute", worst);
        return values;
    }

    private void entropies(Qwen2Model policy, double temperature, List<TrainingSequence> sequences, JsonNode run, String name) {
        LossGraph graph = new LossGraph(policy, temperature, null);
        INDArray all = graph.forward(Packing.of(sequences), Map.of(), LossGraph.ENTROPY).get(LossGraph.ENTROPY);
        float[] values = all.toFloatVector();
        int from = 0;
        double worst = 0;
        for (int row = 0; row < sequences.size(); row++) {
            int length = sequences.get(row).labelled();
            if (row < firstMiniBatch(run)) {
                worst = Math.max(worst, largest(run.get("entropy").get(row), Arrays.copyOfRange(values, from, from + length)));
            }
            from += length;
        }
        assertTrue(worst <= LOG_PROB, name + " entropies: largest error " + worst);
        GoldenTraining.report("grpo " + name + " entropy, absolute", worst);
    }

    /** Later mini-batches are measured after the policy has moved. */
    private static int firstMiniBatch(JsonNode run) {
        return run.get("config").get("ppo_mini_batch_size").asInt();
    }

    private static double largest(JsonNode expected, float[] values) {
        double worst = 0;
        for (int t = 0; t < values.length; t++) {
            worst = Math.max(worst, Math.abs(expected.get(t).doubleValue() - values[t]));
        }
        return worst;
    }

    private double[] computedAdvantages() {
        double[] scores = Golden.doubles(golden.get("scores"));
        Map<String, Integer> prompts = new HashMap<>();
        int[] prompt = new int[scores.length];
        for (int row = 0; row < scores.length; row++) {
            prompt[row] = prompts.computeIfAbsent(golden.get("uid").get(row).asText(), uid -> prompts.size());
        }
        return GroupAdvantages.of(scores, prompt, true).values();
    }

    /** The rows without their padding; what the response mask covers is the answer. */
    private List<TrainingSequence> sequences() {
        List<TrainingSequence> sequences = new ArrayList<>();
        for (int row = 0; row < batch.get("input_ids").size(); row++) {
            int[] ids = Golden.ints(batch.get("input_ids").get(row));
            int[] live = Golden.ints(batch.get("attention_mask").get(row));
            int[] answer = Golden.ints(golden.get("response_mask").get(row));
            int promptEnd = ids.length - answer.length;
            int promptStart = 0;
            while (live[promptStart] == 0) {
                promptStart++;
            }
            int length = Arrays.stream(answer).sum();
            sequences.add(TrainingSequence.of(
                    Arrays.copyOfRange(ids, promptStart, promptEnd), Arrays.copyOfRange(ids, promptEnd, promptEnd + length)));
        }
        return sequences;
    }

    private static OptimizerSettings settings(JsonNode run) {
        JsonNode o = run.get("optimizer");
        return new OptimizerSettings(
                o.get("lr").doubleValue(), ScheduleKind.CONSTANT, 0, 0, o.get("betas").get(0).doubleValue(),
                o.get("betas").get(1).doubleValue(), o.get("eps").doubleValue(), o.get("weight_decay").doubleValue(), DecayGroup.ALL,
                run.get("config").get("grad_clip").doubleValue());
    }

    private String folder(String role) {
        return golden.get(role).asText().replace("../", "");
    }
}
