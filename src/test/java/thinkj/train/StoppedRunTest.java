package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ConfigLoader;
import thinkj.config.GrpoConfig;
import thinkj.data.ExampleFiles;
import thinkj.data.GrpoRow;
import thinkj.io.Folders;
import thinkj.io.StopSignals;
import thinkj.tokenizer.Message;

/** A reinforcement run that is told to end at the worst moment, and what names its newest checkpoint for others. */
class StoppedRunTest {
    private static final String LATEST = "latest_checkpointed_iteration.txt";

    @TempDir
    Path folder;

    private Path model;
    private Path data;

    @BeforeEach
    void files() throws IOException {
        model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        data = folder.resolve("train.parquet");
        ExampleFiles.writeGrpo(data.toString(), IntStream.range(0, 10)
                .mapToObj(i -> new GrpoRow("letters", List.of(new Message("user", "short" + i)), "judge", "rule", "1", "train", i))
                .toList());
    }

    private Path folder(String name) {
        return folder.resolve(name);
    }

    private String run(String output, RunListener listener) {
        GrpoConfig config = ConfigLoader.load(Path.of("configs/quickstart/grpo.yaml"), List.of(
                "model=" + model, "data=[" + data + "]", "output=" + folder(output), "rollout.max_prompt_length=60",
                "rollout.max_response_length=8", "reward.name=" + GrpoTrainerTest.LetterReward.class.getName(), "validation.data=[]",
                "batch.train_batch_size=2", "batch.mini_batch_size=2", "batch.micro_batch_size=4", "batch.n=4", "max_steps=5",
                "checkpoints.every_steps=2", "checkpoints.keep=0"), GrpoConfig.class);
        StringWriter said = new StringWriter();
        GrpoTrainer.run(config, RunOptions.STANDARD.heardBy(listener), new PrintWriter(said));
        return said.toString();
    }

    private String latest(String run) throws IOException {
        return Files.readString(folder(run).resolve(LATEST));
    }

    private void requireSameEnd(String one, String other) throws IOException {
        for (String file : List.of("metrics.jsonl", "samples/completions.jsonl", "final/model.safetensors")) {
            assertEquals(-1, Files.mismatch(folder(one).resolve(file), folder(other).resolve(file)), file);
        }
    }

    /** Step 3 is no step to be saved, and the signal comes when the checkpointer has already looked for one. */
    @Test
    void aSignalAfterTheCheckpointersLookIsHeededAndTheStepSaved() throws IOException {
        run("whole", new RunListener() {});
        RunStopped stopped = assertThrows(RunStopped.class, () -> run("run", new RunListener() {
            @Override
            public void stepped(Path run, int step) {
                if (step == 3) {
                    terminate();
                }
            }
        }));
        assertEquals(
                folder("run") + ": stopped by SIGTERM after step 3 of 5, which is saved; the same command goes on with it", stopped.getMessage());
        assertEquals(128 + 15, stopped.exitCode());
        assertEquals("3\n", latest("run"));
        assertTrue(run("run", new RunListener() {}).contains("  run                goes on from global_step_3, step 3 of 5\n"));
        requireSameEnd("whole", "run");
        assertEquals("4\n", latest("run"));
    }

    /** Sends this process what {@link StopSignals} wait for, and returns when they say that it came. */
    private static void terminate() {
        PrintStream before = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true));
        try {
            new ProcessBuilder("kill", "-TERM", String.valueOf(ProcessHandle.current().pid())).start().waitFor();
            for (int waits = 0; !said.toString().startsWith("SIGTERM: ") && waits < 1000; waits++) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            System.setErr(before);
        }
    }

    /** As after a kill between a checkpoint's renaming and the file that names it. */
    @Test
    void theNewestCheckpointIsNamedByARunThatGoesOn() throws IOException {
        run("run", new RunListener() {});
        assertEquals("4\n", latest("run"));
        Folders.delete(folder("run").resolve("final"));
        Files.writeString(folder("run").resolve(LATEST), "2\n");
        run("run", new RunListener() {});
        assertEquals("4\n", latest("run"));
    }

    @Test
    void aRunThatBeginsAnewNamesNoCheckpointThatIsGone() throws IOException {
        run("run", new RunListener() {});
        Folders.delete(folder("run").resolve("final"));
        Folders.delete(folder("run").resolve("global_step_2"));
        Folders.delete(folder("run").resolve("global_step_4"));
        run("run", new RunListener() {
            @Override
            public void stepped(Path run, int step) {
                assertFalse(step == 1 && Files.exists(run.resolve(LATEST)));
            }
        });
        assertEquals("4\n", latest("run"));
    }
}
