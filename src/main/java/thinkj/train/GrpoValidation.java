package thinkj.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Greedy answers to prompts that are not trained on: the mean score of each source, as {@code val/test_score/SOURCE}.
 */
record GrpoValidation(List<GrpoPrompt> prompts, Rollouts rollouts, RewardRunner runner) {

    /** @param step how many steps are done, for messages */
    Map<String, Double> run(int step) {
        List<Answer> answers = rollouts.greedy(prompts);
        List<RewardRunner.Outcome> outcomes = PaidAnswers.outcomes(step, answers, runner);
        Map<String, double[]> sums = new TreeMap<>();
        for (int i = 0; i < answers.size(); i++) {
            double[] sum = sums.computeIfAbsent(prompts.get(i).row().dataSource(), source -> new double[2]);
            sum[0] += outcomes.get(i).score();
            sum[1]++;
        }
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((source, sum) -> means.put("val/test_score/" + source, sum[0] / sum[1]));
        return means;
    }
}
