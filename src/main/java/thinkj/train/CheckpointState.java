package thinkj.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import thinkj.io.Json;

/**
 * What a run needs to go on beside arrays. Random streams need nothing: order and samples are functions of the seed and of the step's or
 * sample's number.
 *
 * @param step steps done
 * @param totalSteps of the whole run
 * @param optimizerSteps of AdamW, and so the schedule's position
 * @param data fingerprint of what is trained on and of the start model
 * @param best of the checkpoints so far, this one included
 * @param loop what the loop keeps between steps
 * @param logs how far the run's logs had grown
 */
record CheckpointState(
        int step, int totalSteps, int optimizerSteps, String data, Optional<Best> best, Map<String, ? extends Number> loop,
        Map<String, RunLogs.Mark> logs) {
    private static final int FORMAT = 1;

    /**
     * The best checkpoint.
     *
     * @param metric what it is the best in
     * @param checkpoint its folder's name
     */
    record Best(String metric, double value, String checkpoint) {}

    void write(Path file) {
        ObjectNode root = Json.MAPPER.createObjectNode();
        root.put("format", FORMAT).put("step", step).put("total_steps", totalSteps).put("optimizer_steps", optimizerSteps).put("data", data);
        best.ifPresent(b -> root.putObject("best").put("metric", b.metric()).put("value", b.value()).put("checkpoint", b.checkpoint()));
        root.set("loop", Json.MAPPER.valueToTree(loop));
        ObjectNode grown = root.putObject("logs");
        logs.forEach((name, mark) -> grown.putObject(name).put("bytes", mark.bytes()).put("sha256", mark.sha256()));
        Json.write(file, root);
    }

    static CheckpointState read(Path file) {
        JsonNode root = Json.read(file);
        Map<String, Number> loop = new LinkedHashMap<>();
        root.path("loop").properties().forEach(entry -> loop.put(entry.getKey(), entry.getValue().numberValue()));
        Map<String, RunLogs.Mark> logs = new LinkedHashMap<>();
        root.path("logs").properties().forEach(entry -> logs.put(
                entry.getKey(), new RunLogs.Mark(entry.getValue().path("bytes").asLong(), entry.getValue().path("sha256").asText())));
        JsonNode best = root.path("best");
        return new CheckpointState(
                root.path("step").asInt(), root.path("total_steps").asInt(), root.path("optimizer_steps").asInt(), root.path("data").asText(),
                best.isObject()
                        ? Optional.of(new Best(best.path("metric").asText(), best.path("value").asDouble(), best.path("checkpoint").asText()))
                        : Optional.empty(),
                loop, logs);
    }
}
