package thinkj.judge;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an answer is paid, and the figures that it came from.
 *
 * @param score the reward
 * @param components further figures by name, such as whether the answer could be read; they are logged, each with its own mean over the
 *     answers that have it, and change nothing
 */
public record RewardResult(double score, Map<String, Double> components) {

    public RewardResult {
        components = Collections.unmodifiableMap(new LinkedHashMap<>(components));
    }
}
