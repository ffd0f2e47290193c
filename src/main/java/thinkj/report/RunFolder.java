package thinkj.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import thinkj.io.FileErrors;
import thinkj.io.JsonLines;
import thinkj.io.UserError;
import thinkj.train.RunDirectory;

/**
 * A run's folder as it is found, at one moment of a run that may be going on.
 *
 * @param folder as it was named
 * @param config the text of {@code config.yaml}
 * @param over whether the run is known to have ended
 * @param stopped why it ended before its end, where it was not killed
 * @param starts the lines of {@code environment.jsonl}, the last one being what the run runs on now; may be empty
 */
record RunFolder(Path folder, boolean over, String config, RunLog metrics, RunLog timings, Optional<String> stopped,
        List<ObjectNode> starts, Samples samples) {
    private static final String CONFIG = "config.yaml";
    private static final String METRICS = "metrics.jsonl";

    /** How a run stands. */
    enum State {
        RUNNING,
        FINISHED,
        STOPPED
    }

    /** @throws UserError if the folder holds no run */
    static RunFolder read(Path folder, boolean over) {
        requireRun(folder);
        List<ObjectNode> starts = new ArrayList<>();
        Path environment = folder.resolve("environment.jsonl");
        if (Files.exists(environment)) {
            JsonLines.readAll(environment.toString()).forEach(row -> starts.add(row.json()));
        }
        return new RunFolder(
                folder,
                over,
                text(folder.resolve(CONFIG)),
                RunLog.read(folder.resolve(METRICS)),
                RunLog.read(folder.resolve("timings.jsonl")),
                RunDirectory.whyStopped(folder),
                starts,
                Samples.read(folder.resolve("samples")));
    }

    static void requireRun(Path folder) {
        for (String name : List.of(CONFIG, METRICS)) {
            if (!Files.exists(folder.resolve(name))) {
                throw new UserError(folder + ": holds no run (" + name + " is missing); give the folder that a training command wrote to, "
                        + "`output` in its config");
            }
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    /** Name for people: the folder's own. */
    String name() {
        return folder.toAbsolutePath().normalize().getFileName().toString();
    }

    /** Every curve: the metrics, then what the machine gave. */
    Map<String, Series> series() {
        Map<String, Series> series = new LinkedHashMap<>(metrics.series());
        timings.series().forEach(series::putIfAbsent);
        series.remove(TIME);
        return series;
    }

    /** When a line of the timings was written, in seconds since 1970. */
    static final String TIME = "time";

    /** Steps of the whole run, where it was noted. */
    OptionalInt totalSteps() {
        return starts.isEmpty() ? OptionalInt.empty() : OptionalInt.of(start().path("steps").asInt());
    }

    int lastStep() {
        return metrics.lastStep().orElse(0);
    }

    /** The last start. */
    ObjectNode start() {
        return starts.get(starts.size() - 1);
    }

    /** Finished once the trained model is there; running as long as its process is. */
    State state() {
        if (Files.exists(folder.resolve("final")) && lastStep() >= totalSteps().orElse(0)) {
            return State.FINISHED;
        }
        return !over && !starts.isEmpty() && processLives() ? State.RUNNING : State.STOPPED;
    }

    /** Numbers of processes come again: the one that started the run is no younger than the run. */
    private boolean processLives() {
        Instant started = Instant.parse(start().path("started").asText());
        return ProcessHandle.of(start().path("process").asLong())
                .flatMap(process -> process.info().startInstant())
                .map(instant -> !instant.isAfter(started.plusSeconds(1)))
                .orElse(false);
    }
}
