package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.data.ExampleFiles;
import thinkj.data.SftExample;

class SftCommandTest {
    private static final String RECIPE = "configs/qwen2.5-0.5b/sft-judge.yaml";

    @TempDir
    Path folder;

    @Test
    void trainsByARecipeWithOverrides() throws IOException {
        Path model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        Path data = folder.resolve("data.json");
        ExampleFiles.writeSft(data.toString(), List.of(new SftExample("", "2 or 3?", "", "3"), new SftExample("", "5 or 4?", "", "5")));
        Path run = folder.resolve("run");
        CommandRun done = CommandRun.of(
                new SftCommand(), "--config", RECIPE, "model=" + model, "data=[" + data + "]", "output=" + run, "max_steps=2",
                "cutoff_len=" + HfCheckpoint.open(model).config().maxPositionEmbeddings(), "checkpoints.dtype=f32");
        assertEquals(0, done.exitCode(), done.err());
        assertTrue(done.out().contains("2 in all (2.00 epochs)"), done.out());
        assertTrue(done.out().endsWith("model: " + run.resolve("final") + "\n"), done.out());
        assertTrue(Files.exists(run.resolve("final/model.safetensors")));
    }

    @Test
    void whatTheUserCanMendEndsWithTwo() {
        CommandRun unknown = CommandRun.of(new SftCommand(), "--config", RECIPE, "optimizer.rate=1", "epochs=many");
        assertEquals(2, unknown.exitCode());
        assertTrue(unknown.err().contains("optimizer.rate") && unknown.err().contains("epochs"), unknown.err());
        CommandRun missing = CommandRun.of(new SftCommand(), "--config", RECIPE, "model=" + folder.resolve("none"), "output=" + folder.resolve("run"));
        assertEquals(2, missing.exitCode());
        assertEquals(
                "thinkj: " + folder.resolve("none") + ": no such folder; a checkpoint folder with config.json and safetensors files was expected\n",
                missing.err());
    }

    /** Nothing is begun that cannot be shown as asked. */
    @Test
    void theTrainingUiIsSeenToBeforeTraining() throws IOException {
        Path model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        assertRefused("--ui-port: 9001, is for --ui, which is not given; add it, or leave the port away", model, "--ui-port", "9001");
        assertRefused("--ui-port: 65536, must be 0 to 65535; 0 takes any that is free", model, "--ui", "--ui-port", "65536");
        assertRefused("Invalid value for option '--ui-port': any, must be a whole number\nsee sft --help", model, "--ui-port", "any");
        assertTrue(Files.notExists(folder.resolve("run")));
    }

    private void assertRefused(String message, Path model, String... options) {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("--config", RECIPE, "model=" + model, "output=" + folder.resolve("run")));
        CommandRun run = CommandRun.of(new SftCommand(), arguments.toArray(String[]::new));
        assertEquals(2, run.exitCode());
        assertEquals("thinkj: " + message + "\n", run.err());
    }
}
