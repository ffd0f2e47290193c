package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import thinkj.config.DecayGroup;
import thinkj.config.OptimizerSettings;
import thinkj.config.ScheduleKind;
import thinkj.data.Located;
import thinkj.data.PairSequences;
import thinkj.data.TrainingSequence;
import thinkj.loss.DpoLoss;
import thinkj.model.Qwen2Model;
import thinkj.train.PreferenceGradient.Numbers;
import thinkj.train.PreferenceGradient.Pair;

/** Preference training, from token ids to parameters after three steps, against LLaMA-Factory's trainer. */
@Tag("golden")
class DpoGoldenTest {
    /** Sums of about ten fp32 log-probabilities of about 6, each good to 2e-6 among the originals. */
    private static final double LOG_PROB = 5e-5;

    private static final double LOSS = 1e-5;

    /** A loss after steps of Adam: what the smallest gradients' rounding leaves. */
    private static final double LATER_LOSS = 1e-4;

    private final JsonNode golden = Golden.json("dpo/golden.json");
    private final JsonNode hyper = golden.get("hyper");

    @Test
    void lossesRewardsAndMetrics() {
        try (Qwen2Model policy = policy();
                Gradients gradients = new Gradients(policy.weights())) {
            List<Pair> pairs = pairs();
            List<Numbers> numbers = gradient(policy, loss(), pairs.size()).accumulate(pairs, 1, gradients);
            for (int p = 0; p < pairs.size(); p++) {
                Numbers n = numbers.get(p);
                near("policy_chosen_logps", p, n.chosenLogProb(), LOG_PROB);
                near("policy_rejected_logps", p, n.rejectedLogProb(), LOG_PROB);
                near("dpo_logits", p, (n.chosenReward() - n.rejectedReward()) / hyper.get("beta").doubleValue(), LOG_PROB);
                near("dpo_losses", p, n.preferenceLoss(), LOSS);
                near("sft_losses", p, n.imitationLoss(), LOSS);
                near("policy_chosen_logps_avg", p, -n.imitationLoss(), LOSS);
                near("total_losses", p, n.preferenceLoss() + hyper.get("pref_ftx").doubleValue() * n.imitationLoss(), LOSS);
                near("chosen_rewards", p, n.chosenReward(), LOSS);
                near("rejected_rewards", p, n.rejectedReward(), LOSS);
            }
            Map<String, Double> metrics = DpoMetrics.of(numbers, hyper.get("pref_ftx").doubleValue());
            assertEquals(golden.get("loss").doubleValue(), metrics.get("loss"), LOSS);
            metrics(golden.get("metrics"), metrics);
            GoldenTraining.gradients("dpo", golden.get("grads"), GoldenTraining.copy(gradients.arrays()), "dpo gradients");
            assertEquals(golden.get("grad_norm").doubleValue(), gradients.norm(), golden.get("grad_norm").doubleValue() * 1e-5);
        }
    }

    @Test
    void referenceSums() {
        List<Pair> pairs = pairs();
        for (int p = 0; p < pairs.size(); p++) {
            near("reference_chosen_logps", p, pairs.get(p).referenceChosen(), LOG_PROB);
            near("reference_rejected_logps", p, pairs.get(p).referenceRejected(), LOG_PROB);
        }
    }

    @Test
    void withoutImitation() {
        JsonNode pure = golden.get("pure_dpo_ftx0");
        try (Qwen2Model policy = policy();
                Gradients gradients = new Gradients(policy.weights())) {
            DpoLoss loss = new DpoLoss(hyper.get("beta").doubleValue(), 0, hyper.get("label_smoothing").doubleValue());
            List<Pair> pairs = pairs();
            Map<String, Double> metrics =
                    DpoMetrics.of(gradient(policy, loss, pairs.size()).accumulate(pairs, 1, gradients), 0);
            assertEquals(pure.get("loss").doubleValue(), metrics.get("loss"), LOSS);
            metrics(pure.get("metrics"), metrics);
            GoldenTraining.gradients("dpo", pure.get("grads"), GoldenTraining.copy(gradients.arrays()), "dpo gradients without imitation");
        }
    }

    @Test
    void smoothedLabels() {
        golden.properties().stream().filter(entry -> entry.getKey().startsWith("dpo_losses_label_smoothing_")).forEach(entry -> {
            double smoothing = Double.parseDouble(entry.getKey().substring("dpo_losses_label_smoothing_".length()));
            DpoLoss loss = new DpoLoss(hyper.get("beta").doubleValue(), hyper.get("pref_ftx").doubleValue(), smoothing);
            try (Qwen2Model policy = policy();
                    Gradients gradients = new Gradients(policy.weights())) {
                List<Numbers> numbers = gradient(policy, loss, 1).accumulate(pairs(), 1, gradients);
                for (int p = 0; p < numbers.size(); p++) {
                    near(entry.getKey(), p, numbers.get(p).preferenceLoss(), LOSS);
                }
            }
        });
    }

    @Test
    void microBatchesOfOnePairAreOneBatch() {
        try (Qwen2Model policy = policy();
                Gradients gradients = new Gradients(policy.weights())) {
            gradient(policy, loss(), 1).accumulate(pairs(), 1, gradients);
            GoldenTraining.gradients("dpo", golden.get("grads"), GoldenTraining.copy(gradients.arrays()), "dpo gradients, pair by pair");
        }
    }

    @Test
    void adamW() {
        golden.get("adamw").properties().forEach(variant -> {
            try (Qwen2Model policy = policy()) {
                steps(policy, variant.getKey(), variant.getValue());
            }
        });
    }

    private void steps(Qwen2Model policy, String name, JsonNode variant) {
        List<Pair> pairs = pairs();
        PreferenceGradient gradient = gradient(policy, loss(), pairs.size());
        Map<String, double[]> start = GoldenTraining.copy(policy.weights());
        try (Updater updater = new Updater(
                        policy.weights(), settings(policy, variant), variant.get("steps").size(), policy::weightWritten, policy::weightsChanged)) {
            for (JsonNode step : variant.get("steps")) {
                List<Numbers> numbers = gradient.accumulate(pairs, step.get("step").asInt(), updater.gradients());
                double loss = DpoMetrics.of(numbers, hyper.get("pref_ftx").doubleValue()).get("loss");
                assertEquals(step.get("loss_before_step").doubleValue(), loss, LATER_LOSS, name);
                Updater.Update update = updater.apply();
                double norm = step.get("grad_norm_before_clip").doubleValue();
                assertEquals(norm, update.gradientNorm(), norm * 1e-4, name);
                JsonNode after = variant.get("after_" + update.step());
                if (after != null) {
                    Map<String, double[]> now = GoldenTraining.copy(policy.weights());
                    String what = "dpo AdamW " + name + " after " + update.step();
                    GoldenTraining.parameters("dpo", after.get("params"), start, now, what);
                    double way = after.get("update_l2_total").doubleValue();
                    assertEquals(way, GoldenTraining.way(start, now), way * GoldenTraining.UPDATE, what);
                }
            }
        }
    }

    private OptimizerSettings settings(Qwen2Model policy, JsonNode variant) {
        JsonNode o = golden.get("optimizer");
        List<String> undecayed = new ArrayList<>();
        if (variant.has("no_decay_params")) {
            variant.get("no_decay_params").forEach(name -> undecayed.add(name.asText()));
        }
        DecayGroup group = Arrays.stream(DecayGroup.values())
                .filter(g -> policy.weights().keySet().stream().allMatch(name -> g.decays(name) != undecayed.contains(name)))
                .findFirst()
                .orElseThrow();
        return new OptimizerSettings(
                o.get("lr").doubleValue(), ScheduleKind.CONSTANT, 0, 0, o.get("betas").get(0).doubleValue(),
                o.get("betas").get(1).doubleValue(), o.get("eps").doubleValue(), variant.get("weight_decay").doubleValue(), group,
                o.get("grad_clip_norm").doubleValue());
    }

    private void near(String name, int pair, double value, double tolerance) {
        assertEquals(golden.get(name).get(pair).doubleValue(), value, tolerance, name + " of pair " + pair);
    }

    /** The trainer's own, but for the means of all logits, padding included, which nothing is learnt from. */
    private static void metrics(JsonNode expected, Map<String, Double> metrics) {
        expected.properties().stream().filter(entry -> !entry.getKey().startsWith("logits/")).forEach(entry -> {
            assertTrue(metrics.containsKey(entry.getKey()), entry.getKey());
            assertEquals(entry.getValue().doubleValue(), metrics.get(entry.getKey()), LOG_PROB, entry.getKey());
        });
    }

    private DpoLoss loss() {
        return new DpoLoss(
                hyper.get("beta").doubleValue(), hyper.get("pref_ftx").doubleValue(), hyper.get("label_smoothing").doubleValue());
    }

    private static PreferenceGradient gradient(Qwen2Model policy, DpoLoss loss, int microBatchSize) {
        return new PreferenceGradient(policy, loss, microBatchSize, Optional.empty());
    }

    private Qwen2Model policy() {
        return GoldenModel.open(golden.get("policy").asText().replace("../", ""));
    }

    /** Rows 0..n-1 are chosen, n..2n-1 rejected; the reference scores them first. */
    private List<Pair> pairs() {
        JsonNode batch = golden.get("batch");
        int n = batch.get("input_ids").size() / 2;
        Located<PairSequences> sequences = new Located<>(
                IntStream.range(0, n).mapToObj(p -> new PairSequences(row(batch, p), row(batch, n + p))).toList(),
                IntStream.range(0, n).mapToObj(p -> "pair " + p).toList());
        try (Qwen2Model reference = GoldenModel.open(golden.get("reference").asText().replace("../", ""))) {
            return ReferenceLogProbs.compute(reference, sequences, n, Optional.empty()).with(sequences);
        }
    }

    private static TrainingSequence row(JsonNode batch, int row) {
        int length = Arrays.stream(Golden.ints(batch.get("attention_mask").get(row))).sum();
        int[] ids = Arrays.copyOf(Golden.ints(batch.get("input_ids").get(row)), length);
        boolean[] labels = new boolean[length];
        for (int t = 0; t < length; t++) {
            labels[t] = batch.get("labels").get(row).get(t).asInt() >= 0;
        }
        return new TrainingSequence(ids, labels);
    }
}
