package thinkj.train;

import java.nio.file.Path;
import java.util.Map;

/**
 * What a finished run leaves.
 *
 * @param folder the run's folder
 * @param finalModel the trained model, a Hugging Face folder
 * @param steps steps taken
 * @param metrics the last line of its metrics
 */
public record RunSummary(Path folder, Path finalModel, int steps, Map<String, Double> metrics) {}
