package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ConfigLoader;
import thinkj.config.SftConfig;
import thinkj.data.ExampleFiles;
import thinkj.data.SftExample;
import thinkj.io.Folders;
import thinkj.io.Json;
import thinkj.io.UserError;

/** A run that was interrupted, its folder made worse by what happens to folders, ends as the one that was not. */
class ResumeTest {
    private static final Path RECIPE = Path.of("configs/quickstart/sft-judge.yaml");

    @TempDir
    Path folder;

    private Path model;
    private Path data;
    private Path whole;

    @BeforeEach
    void aWholeRun() throws IOException {
        model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        data = folder.resolve("data.jsonl");
        ExampleFiles.writeSft(data.toString(), List.of(
                new SftExample("", "Which is larger, 2 or 3?", "", "Three."),
                new SftExample("You judge.", "Which is larger,", "7 or 5?", "Seven."),
                new SftExample("", "Which is smaller, 1 or 9?", "", "One.")));
        whole = folder.resolve("whole");
        assertTrue(run(config(whole)).contains("  run                new\n"));
    }

    private SftConfig config(Path output, String... more) {
        List<String> overrides = new ArrayList<>(List.of(
                "model=" + model, "data=[" + data + "]", "output=" + output, "max_steps=8", "batch_size=2", "micro_batch_size=1", "logging_steps=3",
                "eval_data=" + data, "eval_steps=2", "samples_shown=1", "followed_prompts.every_steps=3", "followed_prompts.max_new_tokens=8",
                "checkpoints.every_steps=2", "checkpoints.keep=0",
                "checkpoints.dtype=bf16", "checkpoints.best=eval_loss", "checkpoints.best_mode=min"));
        overrides.addAll(List.of(more));
        return ConfigLoader.load(RECIPE, overrides, SftConfig.class);
    }

    private static String run(SftConfig config) {
        return run(config, RunOptions.STANDARD);
    }

    private static String run(SftConfig config, RunOptions options) {
        StringWriter said = new StringWriter();
        SftTrainer.run(config, options, new PrintWriter(said));
        return said.toString();
    }

    /** The whole run's folder as a kill might have left it after its last step. */
    private Path interrupted() throws IOException {
        Path copy = folder.resolve("copy");
        try (Stream<Path> files = Files.walk(whole)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(whole.relativize(file).toString()));
            }
        }
        Folders.delete(copy.resolve("final"));
        return copy;
    }

    private void requireSame(Path other) throws IOException {
        for (String file : List.of("metrics.jsonl", "samples/completions.jsonl", "final/model.safetensors", "checkpoint-8/model.safetensors",
                "checkpoint-8/trainer/optimizer.safetensors", "checkpoint-8/trainer/weights.safetensors", "checkpoint-8/trainer/state.json")) {
            assertEquals(-1, Files.mismatch(whole.resolve(file), other.resolve(file)), file);
        }
    }

    @Test
    void aBrokenCheckpointIsPassedOver() throws IOException {
        Path copy = interrupted();
        Path torn = copy.resolve("checkpoint-8/trainer/optimizer.safetensors");
        Files.write(torn, new byte[100], StandardOpenOption.TRUNCATE_EXISTING);
        Path flipped = copy.resolve("checkpoint-6/model.safetensors");
        byte[] bytes = Files.readAllBytes(flipped);
        bytes[bytes.length / 2] ^= 4;
        Files.write(flipped, bytes);
        String said = run(config(copy), RunOptions.STANDARD.resuming());
        assertTrue(said.contains("  run                goes on from checkpoint-4, step 4 of 8\n"), said);
        requireSame(copy);
    }

    @Test
    void withoutAnyWholeCheckpointItBeginsAnew() throws IOException {
        Path copy = interrupted();
        for (int step = 2; step <= 8; step += 2) {
            Folders.delete(copy.resolve("checkpoint-" + step + "/trainer/state.json"));
        }
        String said = run(config(copy));
        assertTrue(said.contains("  run                begins anew: it has no whole checkpoint\n"), said);
        requireSame(copy);
    }

    @Test
    void afterTheLastStepOnlyTheModelIsLeftToSave() throws IOException {
        Path copy = interrupted();
        String said = run(config(copy, "checkpoints.keep=1"));
        assertTrue(said.contains("  run                goes on from checkpoint-8, step 8 of 8\n"), said);
        requireSame(copy);
    }

    @Test
    void aCheckpointIsACheckpoint() {
        HfCheckpoint.open(whole.resolve("checkpoint-4"));
        assertEquals("checkpoint-8", Json.read(whole.resolve("checkpoint-8/trainer/state.json")).path("best").path("checkpoint").asText());
    }

    @Test
    void otherDataIsRefused() throws IOException {
        Path copy = interrupted();
        ExampleFiles.writeSft(data.toString(), List.of(
                new SftExample("", "a", "", "b"), new SftExample("", "c", "", "d"), new SftExample("", "e", "", "f")));
        assertEquals(
                copy.resolve("checkpoint-8") + ": was trained from other data, another start model or another tokenizer than those that the config "
                        + "names now hold; put them back, or begin a run in another folder",
                assertThrows(UserError.class, () -> run(config(copy))).getMessage());
        assertFalse(Files.exists(copy.resolve("final")));
    }

    @Test
    void otherSettingsAreRefused() throws IOException {
        Path copy = interrupted();
        String message = assertThrows(UserError.class, () -> run(config(copy, "optimizer.learning_rate=0.5", "batch_size=3"))).getMessage();
        assertTrue(message.endsWith("They differ:\n  batch_size: 2 there, 3 here\n  optimizer.learning_rate: 0.0012 there, 0.5 here"), message);
    }
}
