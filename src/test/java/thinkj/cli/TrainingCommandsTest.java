package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import thinkj.data.ExampleFiles;
import thinkj.data.GrpoRow;
import thinkj.data.PreferencePair;
import thinkj.judge.Reward;
import thinkj.judge.RewardInput;
import thinkj.tokenizer.Message;

/** The published settings on the command line, made small by overrides. */
class TrainingCommandsTest {
    private static final String CONFIGS = "configs/qwen2.5-0.5b/";

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path model;

    @BeforeEach
    void checkpoint() throws IOException {
        model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
    }

    @Test
    void dpo() {
        Path pairs = folder.resolve("pairs.jsonl");
        ExampleFiles.writePairs(pairs.toString(), List.of(new PreferencePair("", "q", "a", "b"), new PreferencePair("", "p", "a", "b")));
        assertEquals(0, run("dpo", "dpo.yaml", "data=[" + pairs + "]"), err.toString());
        assertEquals("model: " + folder.resolve("run/final"), lastLine());
        assertTrue(Files.exists(folder.resolve("run/final/model.safetensors")));
        assertEquals(2, run("dpo", "dpo.yaml", "data=[" + pairs + "]"));
        assertTrue(err.toString().contains(folder.resolve("run") + ": already holds a run"), err.toString());
    }

    @Test
    void grpo() {
        Path rows = folder.resolve("rows.parquet");
        ExampleFiles.writeGrpo(rows.toString(), IntStream.range(0, 2)
                .mapToObj(i -> new GrpoRow("s", List.of(new Message("user", "q" + i)), "judge", "rule", "2", "train", i)).toList());
        assertEquals(0, run(
                "grpo", "grpo.yaml", "data=[" + rows + "]", "epochs=1", "batch.train_batch_size=2", "batch.mini_batch_size=1",
                "rollout.max_response_length=4", "rollout.overlong_buffer_len=1"), err.toString());
        assertEquals("model: " + folder.resolve("run/final"), lastLine());
    }

    /** Sums of what it pays are beyond the range of numbers. */
    public static final class BoundlessReward implements Reward {
        private static final AtomicInteger CALLS = new AtomicInteger();

        @Override
        public double score(RewardInput input) {
            return 1.6e308 + 1e307 * (CALLS.getAndIncrement() % 2);
        }
    }

    @Test
    void aRunThatFailsEndsWithOneAndSaysWhyInItsReport() throws IOException {
        Path rows = folder.resolve("rows.parquet");
        ExampleFiles.writeGrpo(rows.toString(), List.of(new GrpoRow("s", List.of(new Message("user", "q")), "judge", "rule", "2", "train", 0)));
        assertEquals(1, run(
                "grpo", "grpo.yaml", "data=[" + rows + "]", "epochs=1", "batch.train_batch_size=1", "batch.mini_batch_size=1", "batch.n=2",
                "batch.micro_batch_size=2",
                "rollout.max_response_length=4", "rollout.overlong_buffer_len=1", "rollout.truncated=keep", "reward.workers=1",
                "reward.name=" + BoundlessReward.class.getName()), err.toString());
        String why = "step 1: the loss is NaN (" + rows + ": row 1, sample 1, " + rows + ": row 1, sample 2); not finite first: advantages, ";
        assertTrue(err.toString().contains("thinkj: the run failed: " + why), err.toString());
        assertTrue(Files.readString(folder.resolve("run/stopped.txt")).startsWith(why));
        assertTrue(Files.readString(folder.resolve("run/report.html")).contains("The run stopped before its end: " + why));
        assertTrue(Files.notExists(folder.resolve("run/final")));
    }

    @Test
    void badSettingsAreTheUsersToMend() {
        assertEquals(2, run("grpo", "grpo.yaml", "batch.train_batch_size=3"));
        assertTrue(err.toString().contains("batch.mini_batch_size: 256, must divide train_batch_size = 3; the nearest is 3"), err.toString());
        assertEquals(2, run("dpo", "dpo.yaml", "data=[" + folder.resolve("none.json") + "]"));
        assertTrue(err.toString().contains(folder.resolve("none.json") + ": no such file"), err.toString());
        assertTrue(Files.notExists(folder.resolve("run")), "a run that was refused leaves no folder");
    }

    private int run(String command, String config, String... overrides) {
        CommandLine line = Standard.dress(new CommandLine(new Main()));
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(Stream.concat(
                Stream.of(command, "--config", CONFIGS + config, "model=" + model, "output=" + folder.resolve("run")), Stream.of(overrides))
                .toArray(String[]::new));
    }

    private String lastLine() {
        List<String> lines = out.toString().lines().toList();
        return lines.get(lines.size() - 1);
    }
}
