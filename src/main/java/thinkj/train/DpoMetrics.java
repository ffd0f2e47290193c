package thinkj.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import thinkj.train.PreferenceGradient.Numbers;

/** What a step of preference training reports: means over its pairs, under the names of the original's trainer. */
final class DpoMetrics {
    private DpoMetrics() {}

    /** @param ftx weight of the imitation in the loss */
    static Map<String, Double> of(List<Numbers> pairs, double ftx) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        double preference = mean(pairs, Numbers::preferenceLoss);
        double imitation = mean(pairs, Numbers::imitationLoss);
        metrics.put("loss", preference + ftx * imitation);
        metrics.put("loss/dpo", preference);
        metrics.put("loss/sft", imitation);
        metrics.put("rewards/chosen", mean(pairs, Numbers::chosenReward));
        metrics.put("rewards/rejected", mean(pairs, Numbers::rejectedReward));
        metrics.put("rewards/accuracies", mean(pairs, pair -> pair.chosenReward() > pair.rejectedReward() ? 1 : 0));
        metrics.put("rewards/margins", mean(pairs, pair -> pair.chosenReward() - pair.rejectedReward()));
        metrics.put("logps/chosen", mean(pairs, Numbers::chosenLogProb));
        metrics.put("logps/rejected", mean(pairs, Numbers::rejectedLogProb));
        return metrics;
    }

    private static double mean(List<Numbers> pairs, ToDoubleFunction<Numbers> value) {
        return pairs.stream().mapToDouble(value).average().orElse(0);
    }
}
