package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.AtomicFile;
import thinkj.io.Json;
import thinkj.io.UserError;

class RunDirectoryTest {
    private static final Consumer<Path> MODEL = to -> AtomicFile.writeText(to.resolve("deep/model"), "x");

    private static final RunDirectory.Contents CONTENTS = new RunDirectory.Contents("checkpoint-", "data");

    /** A recipe's settings, in small. */
    record Settings(double learningRate, int epochs, Path output) {}

    @TempDir
    Path folder;

    private static String message(Runnable action) {
        return assertThrows(UserError.class, action::run).getMessage();
    }

    private static RunDirectory open(Path output, RunOptions options) {
        return RunDirectory.open(start(output, options), CONTENTS);
    }

    private static RunStart start(Path output, RunOptions options) {
        return RunStart.of(output, new Settings(1e-6, 3, output), options);
    }

    private static RunTask task(int steps, String engine) {
        return new RunTask("sft", steps, engine, 24, 5_000_000_000L, 7);
    }

    @Test
    void refusesAFolderThatHoldsTheRestOfARun() throws IOException {
        Files.writeString(folder.resolve("metrics.jsonl"), "");
        assertEquals(
                folder + ": already holds a run (metrics.jsonl is there), which is never written over; "
                        + "give another output folder, or move this one away",
                message(() -> open(folder, RunOptions.STANDARD)));
    }

    @Test
    void refusesAFinishedRun() {
        try (RunDirectory run = open(folder, RunOptions.STANDARD)) {
            run.saveFinal(MODEL);
        }
        assertEquals(
                folder + ": already holds a run, which is finished: its model is " + folder.resolve("final")
                        + "; give another output folder, or move this one away",
                message(() -> open(folder, RunOptions.STANDARD)));
    }

    @Test
    void refusesARunOfOtherSettingsAndNamesThem() {
        open(folder, RunOptions.STANDARD).close();
        assertEquals(
                folder + ": already holds a run (config.yaml is there), which is never written over; give another output folder, move this one "
                        + "away, or go on with the run by its own settings, of which only output, checkpoints, activation_checkpointing may change. "
                        + "They differ:\n  learning_rate: 1.0E-6 there, 2.0E-6 here",
                message(() -> RunStart.of(folder, new Settings(2e-6, 3, Path.of("elsewhere")), RunOptions.STANDARD)));
    }

    @Test
    void resumingNeedsARun() {
        assertEquals(
                folder + ": holds no run to go on with (config.yaml is missing); name the run's folder with output=DIR, or leave --resume away "
                        + "to begin a run",
                message(() -> open(folder, RunOptions.STANDARD.resuming())));
    }

    @Test
    void oneProcessAtATime() {
        try (RunDirectory run = open(folder, RunOptions.STANDARD)) {
            assertTrue(Files.exists(run.folder()));
            assertEquals(
                    folder + ": another process is training in this folder; wait for it, end it, or give another output folder",
                    message(() -> open(folder, RunOptions.STANDARD)));
        }
        open(folder, RunOptions.STANDARD).close();
    }

    @Test
    void whatIsNotSavedIsBegunAnew() throws IOException {
        try (RunDirectory run = open(folder, RunOptions.STANDARD)) {
            assertEquals("new", run.beginning());
            run.metrics().write(1, Map.of("loss", 1));
            run.timings().write(1, Map.of("seconds", 1));
        }
        Files.createDirectories(folder.resolve(".checkpoint-2.part/trainer"));
        Files.writeString(folder.resolve("config.yaml.part"), "torn");
        try (RunDirectory run = open(folder, RunOptions.STANDARD.resuming())) {
            assertEquals("begins anew: it has no whole checkpoint", run.beginning());
        }
        assertEquals("", Files.readString(folder.resolve("metrics.jsonl")));
        assertEquals("", Files.readString(folder.resolve("timings.jsonl")));
        assertFalse(Files.exists(folder.resolve(".checkpoint-2.part")) || Files.exists(folder.resolve("config.yaml.part")));
    }

    @Test
    void takesAFolderThatIsThereButHoldsNoRun() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "mine");
        open(folder, RunOptions.STANDARD).close();
        assertTrue(Files.exists(folder.resolve("notes.txt")));
    }

    @Test
    void refusesAFolderThatCannotBeWritten() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path output = file.resolve("run");
        assertEquals(
                output + ": cannot be written, a file stands where a folder is needed; choose another path",
                message(() -> open(output, RunOptions.STANDARD)));
    }

    @Test
    void refusesToStartWhatCannotBeSaved() {
        try (RunDirectory run = RunDirectory.open(start(folder, RunOptions.STANDARD), CONTENTS, path -> 3L << 29)) {
            run.requireSpace(3L << 29);
            assertEquals(
                    folder + ": no space left for the checkpoints: 1.5 GiB are free, 2.0 GiB are needed; free some space, "
                            + "choose another output folder, or keep fewer checkpoints",
                    message(() -> run.requireSpace(2L << 30)));
        }
    }

    @Test
    void listenersHearOfEverythingAndStopNothing() {
        List<String> heard = new ArrayList<>();
        RunListener broken = new RunListener() {
            @Override
            public void stepped(Path run, int step) {
                throw new IllegalStateException("no plot today");
            }
        };
        RunListener good = new RunListener() {
            @Override
            public void began(Path run) {
                heard.add("begin");
            }

            @Override
            public void stepped(Path run, int step) {
                heard.add("step " + step);
            }

            @Override
            public void saved(Path run, Path model) {
                heard.add(run.relativize(model).toString());
            }

            @Override
            public void ended(Path run) {
                heard.add("end");
            }
        };
        try (RunDirectory run = open(folder, RunOptions.STANDARD.heardBy(broken).heardBy(good))) {
            run.began(task(1, "an engine"));
            run.stepped(1);
            run.saved(run.checkpoints().save(1, MODEL, trainer -> {}));
            run.saveFinal(MODEL);
        }
        assertEquals(List.of("begin", "step 1", "checkpoint-1", "final", "end"), heard);
    }

    @Test
    void metricsAreOnTheDiskAtOnce() throws IOException {
        try (RunDirectory run = open(folder, RunOptions.STANDARD)) {
            Map<String, Number> values = new LinkedHashMap<>();
            values.put("loss", 0.5);
            values.put("tokens", 12L);
            values.put("reward", Double.NaN);
            run.metrics().write(3, values);
            assertEquals(
                    "{\"step\":3,\"loss\":0.5,\"tokens\":12,\"reward\":null}\n", Files.readString(folder.resolve("metrics.jsonl")));
        }
    }

    @Test
    void timingsSayWhenTheyWereWritten() throws IOException {
        long before = System.currentTimeMillis();
        try (RunDirectory run = open(folder, RunOptions.STANDARD)) {
            run.timings().write(3, Map.of("tokens_per_second", 12.5));
            JsonNode line = Json.read(folder.resolve("timings.jsonl"));
            assertEquals(12.5, line.get("tokens_per_second").doubleValue());
            double time = line.get("time").doubleValue();
            // Seconds hold milliseconds to the last digit here.
            assertTrue(time >= before / 1e3 && time <= System.currentTimeMillis() / 1e3, line.toString());
        }
    }

    @Test
    void everyStartIsNotedWithWhatItRunsOn() throws IOException {
        try (RunDirectory run = open(folder, RunOptions.STANDARD)) {
            run.began(task(12, "an engine"));
            run.began(task(12, "another engine"));
        }
        List<String> lines = Files.readAllLines(folder.resolve("environment.jsonl"));
        assertEquals(2, lines.size());
        JsonNode first = Json.MAPPER.readTree(lines.get(0));
        assertEquals("sft", first.get("recipe").textValue());
        assertEquals(12, first.get("steps").intValue());
        assertEquals("an engine", first.get("engine").textValue());
        assertEquals(24, first.get("layers").intValue());
        assertEquals(5_000_000_000L, first.get("parameters").longValue());
        assertEquals(7, first.get("trained_parameters").longValue());
        assertEquals(ProcessHandle.current().pid(), first.get("process").longValue());
        assertTrue(first.get("nd4j").textValue().startsWith("1.0.0-M2.1, natives "), first.toString());
        assertTrue(first.get("physical_memory").longValue() > 0);
        assertTrue(lines.get(1).contains("another engine"));
    }
}
