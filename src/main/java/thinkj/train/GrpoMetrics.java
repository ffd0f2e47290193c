package thinkj.train;

import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.config.RolloutSettings;

/** A step's numbers under verl's names, and a few of our own. */
final class GrpoMetrics {
    private final Map<String, Double> line = new LinkedHashMap<>();

    /** What was earned: {@code critic/*}, over answers, and over tokens for advantages, as verl has it. */
    void earned(List<Answer> answers, PaidAnswers paid) {
        summary("critic/score", paid.scores());
        summary("critic/rewards", paid.rewards());
        DoubleSummaryStatistics tokens = new DoubleSummaryStatistics();
        double[] advantages = paid.advantages().values();
        for (int i = 0; i < advantages.length; i++) {
            for (int t = 0; t < answers.get(i).ids().length; t++) {
                tokens.accept(advantages[i]);
            }
        }
        summary("critic/advantages", tokens);
        summary("critic/returns", tokens);
        line.put("reward/failed", (double) paid.failures());
        components(paid.outcomes());
    }

    /** Mean of each component of the reward over the answers that have it. */
    private void components(List<RewardRunner.Outcome> outcomes) {
        Map<String, DoubleSummaryStatistics> values = new LinkedHashMap<>();
        for (RewardRunner.Outcome outcome : outcomes) {
            outcome.components().forEach((name, value) -> values.computeIfAbsent(name, key -> new DoubleSummaryStatistics()).accept(value));
        }
        values.forEach((name, all) -> line.put("reward/" + name + "/mean", all.getAverage()));
    }

    /** How long prompts and answers are, and what share is as long as is allowed. */
    void lengths(List<Answer> answers, RolloutSettings settings) {
        length("response_length", answers.stream().mapToInt(answer -> answer.ids().length).toArray(), settings.maxResponseLength());
        length("prompt_length", answers.stream().mapToInt(answer -> answer.prompt().ids().length).toArray(), settings.maxPromptLength());
    }

    private void length(String name, int[] lengths, int most) {
        summary(name, Arrays.stream(lengths).asDoubleStream().toArray());
        line.put(name + "/clip_ratio", Arrays.stream(lengths).filter(length -> length == most).count() / (double) lengths.length);
    }

    /** How far the sampler's log-probabilities are from the trainer's. */
    void samplerDifference(List<float[]> sampled, float[][] trainer) {
        double most = 0;
        for (int i = 0; i < trainer.length; i++) {
            for (int t = 0; t < trainer[i].length; t++) {
                most = Math.max(most, Math.abs(sampled.get(i)[t] - trainer[i][t]));
            }
        }
        line.put("rollout/max_abs_logp_diff", most);
    }

    /** Means over the step's updates. */
    void updates(List<PolicyUpdate> updates) {
        if (updates.isEmpty()) {
            return;
        }
        for (String name : updates.get(0).reported().keySet()) {
            line.put("actor/" + name, updates.stream().mapToDouble(update -> update.reported().get(name)).average().orElseThrow());
        }
        line.put("actor/grad_norm", updates.stream().mapToDouble(update -> update.update().gradientNorm()).average().orElseThrow());
        line.put("actor/lr", updates.get(updates.size() - 1).update().learningRate());
    }

    void put(String name, double value) {
        line.put(name, value);
    }

    void putAll(Map<String, Double> values) {
        line.putAll(values);
    }

    /** A line of {@code metrics.jsonl}. */
    Map<String, Double> line() {
        return line;
    }

    private void summary(String name, double[] values) {
        summary(name, Arrays.stream(values).summaryStatistics());
    }

    private void summary(String name, DoubleSummaryStatistics values) {
        line.put(name + "/mean", values.getAverage());
        line.put(name + "/max", values.getMax());
        line.put(name + "/min", values.getMin());
    }
}
