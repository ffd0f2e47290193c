package thinkj.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import thinkj.io.AtomicFile;
import thinkj.io.FileErrors;
import thinkj.io.Folders;
import thinkj.io.Json;

/**
 * What a checkpoint holds of the step after it where that was sampled, and scored, by weights that are gone: its answers and their
 * log-probabilities. What else is known of them follows from the answers.
 *
 * @param old see {@link StepAnswers#old}
 * @param metrics see {@link StepAnswers#metrics}
 */
record StepAhead(float[][] old, Map<String, Double> metrics) {
    private static final String SCORES = "ahead.json";
    private static final String ROLLOUT = "ahead.jsonl";

    static StepAhead of(StepAnswers answers) {
        return new StepAhead(answers.old(), answers.metrics());
    }

    /** @param rollout the step's answers */
    void write(Path trainer, Path rollout) {
        ObjectNode root = Json.MAPPER.createObjectNode();
        root.set("old_log_probs", Json.MAPPER.valueToTree(old));
        root.set("metrics", Json.MAPPER.valueToTree(metrics));
        AtomicFile.writeText(trainer.resolve(SCORES), Json.line(root));
        AtomicFile.writeText(trainer.resolve(ROLLOUT), inOrder(rollout));
    }

    /** The step's answers by their indices, each once: in the log they stand as they were finished, which the machine decides. */
    private static String inOrder(Path rollout) {
        Map<Long, String> lines = new TreeMap<>();
        try (Stream<String> all = Files.lines(rollout)) {
            all.forEach(line -> RolloutLog.index(line).ifPresent(index -> lines.put(index, line + "\n")));
        } catch (IOException e) {
            throw FileErrors.reading(rollout, e);
        }
        return String.join("", lines.values());
    }

    /** What a checkpoint holds, if it holds such a step; its answers are put where the step will look for them. */
    static Optional<StepAhead> read(Path trainer, Path rollout) {
        if (!Files.exists(trainer.resolve(SCORES))) {
            return Optional.empty();
        }
        copy(trainer.resolve(ROLLOUT), rollout);
        JsonNode root = Json.read(trainer.resolve(SCORES));
        JsonNode lists = root.path("old_log_probs");
        float[][] old = new float[lists.size()][];
        for (int i = 0; i < old.length; i++) {
            old[i] = RolloutLog.floats(lists.get(i));
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        root.path("metrics").properties().forEach(entry -> metrics.put(entry.getKey(), entry.getValue().asDouble()));
        return Optional.of(new StepAhead(old, metrics));
    }

    private static void copy(Path from, Path to) {
        Folders.create(to.toAbsolutePath().getParent());
        try {
            Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw FileErrors.writing(to, e);
        }
    }
}
