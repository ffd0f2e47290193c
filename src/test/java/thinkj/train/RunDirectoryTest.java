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

    @TempDir
    Path folder;

    private static String message(Runnable action) {
        return assertThrows(UserError.class, action::run).getMessage();
    }

    @Test
    void refusesAFolderThatHoldsARun() {
        Path output = folder.resolve("run");
        RunDirectory.create(output, RunOptions.STANDARD).close();
        assertEquals(
                output + ": already holds a run (metrics.jsonl is there), which is never written over; "
                        + "give another output folder, or move this one away",
                message(() -> RunDirectory.create(output, RunOptions.STANDARD)));
    }

    @Test
    void takesAFolderThatIsThereButHoldsNoRun() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "mine");
        RunDirectory.create(folder, RunOptions.STANDARD).close();
        assertTrue(Files.exists(folder.resolve("notes.txt")));
    }

    @Test
    void refusesAFolderThatCannotBeWritten() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path output = file.resolve("run");
        assertEquals(
                output + ": cannot be written, a file stands where a folder is needed; choose another path",
                message(() -> RunDirectory.create(output, RunOptions.STANDARD)));
    }

    @Test
    void refusesToStartWhatCannotBeSaved() {
        try (RunDirectory run = RunDirectory.create(folder, RunOptions.STANDARD, path -> 3L << 29)) {
            run.requireSpace(3L << 29);
            assertEquals(
                    folder + ": no space left for the checkpoints: 1.5 GiB are free, 2.0 GiB are needed; free some space, "
                            + "choose another output folder, or keep fewer checkpoints",
                    message(() -> run.requireSpace(2L << 30)));
        }
    }

    @Test
    void oldCheckpointsGoOnceNewOnesAreThere() {
        try (RunDirectory run = RunDirectory.create(folder, RunOptions.STANDARD)) {
            for (int step = 1; step <= 3; step++) {
                Path saved = run.saveCheckpoint("checkpoint-" + step, 2, MODEL);
                assertTrue(Files.exists(saved.resolve("deep/model")));
            }
            assertFalse(Files.exists(folder.resolve("checkpoint-1")));
            assertTrue(Files.exists(folder.resolve("checkpoint-2")));
        }
    }

    @Test
    void aCheckpointThatCannotBeSavedCostsNoOldOne() {
        try (RunDirectory run = RunDirectory.create(folder, RunOptions.STANDARD)) {
            run.saveCheckpoint("checkpoint-1", 1, MODEL);
            assertThrows(UserError.class, () -> run.saveCheckpoint("checkpoint-2", 1, to -> {
                throw new UserError("no space left on the device");
            }));
            assertTrue(Files.exists(folder.resolve("checkpoint-1/deep/model")));
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
        try (RunDirectory run = RunDirectory.create(folder, RunOptions.STANDARD.heardBy(broken).heardBy(good))) {
            run.began("sft", 1, "an engine");
            run.stepped(1);
            run.saveCheckpoint("checkpoint-1", 1, MODEL);
            run.saveFinal(MODEL);
        }
        assertEquals(List.of("begin", "step 1", "checkpoint-1", "final", "end"), heard);
    }

    @Test
    void metricsAreOnTheDiskAtOnce() throws IOException {
        try (RunDirectory run = RunDirectory.create(folder, RunOptions.STANDARD)) {
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
        try (RunDirectory run = RunDirectory.create(folder, RunOptions.STANDARD)) {
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
        try (RunDirectory run = RunDirectory.create(folder, RunOptions.STANDARD)) {
            run.began("sft", 12, "an engine");
            run.began("sft", 12, "another engine");
        }
        List<String> lines = Files.readAllLines(folder.resolve("environment.jsonl"));
        assertEquals(2, lines.size());
        JsonNode first = Json.MAPPER.readTree(lines.get(0));
        assertEquals("sft", first.get("recipe").textValue());
        assertEquals(12, first.get("steps").intValue());
        assertEquals("an engine", first.get("engine").textValue());
        assertEquals(ProcessHandle.current().pid(), first.get("process").longValue());
        assertTrue(first.get("nd4j").textValue().startsWith("1.0.0-M2.1, natives "), first.toString());
        assertTrue(first.get("physical_memory").longValue() > 0);
        assertTrue(lines.get(1).contains("another engine"));
    }
}
