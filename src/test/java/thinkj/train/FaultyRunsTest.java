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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ConfigLoader;
import thinkj.config.DpoConfig;
import thinkj.config.GrpoConfig;
import thinkj.config.SftConfig;
import thinkj.data.ExampleFiles;
import thinkj.data.GrpoRow;
import thinkj.data.PreferencePair;
import thinkj.data.SftExample;
import thinkj.judge.Reward;
import thinkj.judge.RewardInput;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.HfTokenizer;
import thinkj.tokenizer.Message;

/**
 * Runs in which a number stops being one between two steps: they stop in the step where it is read, say what, where and how to go on, and
 * what they have saved is whole, finite, and leads to the end of the run that nothing happened to.
 */
class FaultyRunsTest {
    private static final String WEIGHT = "model.layers.1.mlp.down_proj.weight";

    @TempDir
    Path folder;

    private Path model;
    private Path data;

    @BeforeEach
    void checkpoint() throws IOException {
        model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        data = folder.resolve("data.jsonl");
    }

    /** Breaks a weight when a step's line is written. */
    private static RunListener breaking(int after, String weight, Qwen2Model[] of) {
        return new RunListener() {
            @Override
            public void stepped(Path run, int step) {
                if (step == after) {
                    of[0].weights().get(weight).putScalar(5, Float.NaN);
                    of[0].weightsChanged();
                }
            }
        };
    }

    private static <C extends Record> C config(String recipe, Class<C> type, List<String> overrides) {
        return ConfigLoader.load(Path.of("configs/quickstart/" + recipe), overrides, type);
    }

    private List<String> overrides(String output, String... more) {
        List<String> all = new ArrayList<>(List.of(
                "model=" + model, "data=[" + data + "]", "output=" + folder.resolve(output), "max_steps=6", "shuffle=false", "checkpoints.keep=0",
                "checkpoints.every_steps=2", "followed_prompts.rows=[]"));
        all.addAll(List.of(more));
        return all;
    }

    private static PrintWriter quiet() {
        return new PrintWriter(new StringWriter());
    }

    // ---- supervised

    /** The second row is too long and is dropped: messages count rows as the file has them. */
    private SftConfig sft(String output) {
        ExampleFiles.writeSft(data.toString(), List.of(
                new SftExample("", "Which is larger, 2 or 3?", "", "Three."), new SftExample("", "long".repeat(100), "", "Dropped."),
                new SftExample("", "Which is larger, 7 or 5?", "", "Seven."), new SftExample("", "Which is smaller, 1 or 9?", "", "One.")));
        return config("sft-judge.yaml", SftConfig.class, overrides(
                output, "cutoff_len=128", "truncation=drop", "batch_size=1", "micro_batch_size=1", "logging_steps=1", "eval_data=null",
                "samples_shown=0"));
    }

    private static String breakSft(SftConfig config, int after, String weight) {
        Qwen2Model[] broken = new Qwen2Model[1];
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        RunStart start = RunStart.of(config.output(), config, RunOptions.STANDARD.heardBy(breaking(after, weight, broken)));
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            SftSetup setup = SftSetup.read(config, checkpoint, tokenizer, quiet());
            try (Qwen2Model model = setup.model(setup.saving());
                    RunDirectory run = RunDirectory.open(start, new RunDirectory.Contents("checkpoint-", setup.fingerprint()))) {
                broken[0] = model;
                return assertThrows(RunFailed.class, () -> run.train(() -> SftTrainer.train(setup, model, run, setup.followed()))).getMessage();
            }
        }
    }

    @Test
    void sftNamesStepRowAndWeightAndGoesOnFromTheLastGoodCheckpoint() throws IOException {
        SftConfig whole = sft("whole");
        SftTrainer.run(whole, quiet());
        SftConfig config = sft("broken");
        String message = breakSft(config, 4, WEIGHT);
        Path last = config.output().resolve("checkpoint-4");
        // The line of step 4 is told before its checkpoint is saved: what is broken by then is not saved.
        assertEquals(
                "step 4: " + WEIGHT + " is not finite (1 of 1024 numbers), so that no checkpoint is saved\n"
                        + goOn(config.output().resolve("checkpoint-2")),
                message.replaceAll("of \\d+ numbers", "of 1024 numbers"));
        assertFalse(Files.exists(last));
        String again = breakSft(config, 3, WEIGHT);
        // Steps 1 to 6 take rows 1, 3, 4 of the file, and again.
        assertTrue(again.startsWith("step 4: the loss is NaN (" + data + ":1); not finite first: " + WEIGHT
                + ", which is not finite to begin with (1 of "), again);
        assertTrue(again.endsWith(goOn(config.output().resolve("checkpoint-2"))), again);
        assertEquals(again, RunDirectory.whyStopped(config.output()).orElseThrow());
        requireFinite(config.output().resolve("checkpoint-2"));
        SftTrainer.run(config, RunOptions.STANDARD.resuming(), quiet());
        assertEquals(Optional.empty(), RunDirectory.whyStopped(config.output()));
        requireSame(whole.output(), config.output());
    }

    @Test
    void withoutACheckpointTheRunIsSaidToBeginAnew() {
        SftConfig config = sft("rare");
        String message = breakSft(config, 1, "model.embed_tokens.weight");
        assertTrue(message.startsWith("step 2: the loss is NaN (" + data + ":3); not finite first: model.embed_tokens.weight, "), message);
        assertTrue(message.endsWith("No checkpoint was saved before: the same command begins anew, to the same end unless what is wrong is mended"),
                message);
    }

    // ---- preferences

    private DpoConfig dpo(String output) {
        ExampleFiles.writePairs(data.toString(), IntStream.range(0, 3)
                .mapToObj(i -> new PreferencePair("", "which is better " + i, "Response (a)", "I cannot say")).toList());
        return config("dpo.yaml", DpoConfig.class, overrides(output, "batch_size=2", "micro_batch_size=2", "samples_shown=0"));
    }

    @Test
    void dpoNamesStepPairsAndWeightAndGoesOnFromTheLastGoodCheckpoint() throws IOException {
        DpoConfig whole = dpo("whole");
        DpoTrainer.run(whole, quiet());
        DpoConfig config = dpo("broken");
        Qwen2Model[] broken = new Qwen2Model[1];
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        RunStart start = RunStart.of(config.output(), config, RunOptions.STANDARD.heardBy(breaking(3, WEIGHT, broken)));
        String message;
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            DpoSetup setup = DpoSetup.read(config, checkpoint, tokenizer, quiet());
            try (Qwen2Model model = setup.model(setup.saving());
                    RunDirectory run = RunDirectory.open(start, new RunDirectory.Contents("checkpoint-", setup.fingerprint()))) {
                broken[0] = model;
                message = assertThrows(RunFailed.class, () -> run.train(() -> DpoTrainer.train(setup, model, run, setup.followed()))).getMessage();
            }
        }
        // Two steps an epoch: pairs 1 and 2, then the third alone; step 4 is the third's.
        assertTrue(message.startsWith("step 4: the loss is NaN (" + data + ":3); not finite first: " + WEIGHT + ", which is not finite"), message);
        assertTrue(message.endsWith(goOn(config.output().resolve("checkpoint-2"))), message);
        requireFinite(config.output().resolve("checkpoint-2"));
        DpoTrainer.run(config, RunOptions.STANDARD.resuming(), quiet());
        requireSame(whole.output(), config.output());
    }

    // ---- reinforcement

    /** Pays for letters; while it is broken, too much for a prompt for any sum to hold, and to another what is no number. */
    public static final class BreakableReward implements Reward {
        static volatile boolean broken;
        private static final AtomicInteger CALLS = new AtomicInteger();

        @Override
        public double score(RewardInput input) {
            if (broken && input.prompt().contains("ask 3")) {
                return 1.6e308 + 1e307 * (CALLS.getAndIncrement() % 2);
            }
            if (broken && input.prompt().contains("ask 1")) {
                return Double.NaN;
            }
            return Math.min(1, input.completion().chars().filter(c -> c == 't').count() / 8.0);
        }
    }

    private GrpoConfig grpo(String output) {
        data = folder.resolve("data.parquet");
        List<GrpoRow> rows = new ArrayList<>();
        rows.add(new GrpoRow("s", List.of(new Message("user", "long".repeat(50))), "judge", "rule", "1", "train", 0));
        IntStream.range(0, 4).forEach(i ->
                rows.add(new GrpoRow("s", List.of(new Message("user", "ask " + i)), "judge", "rule", "1", "train", i + 1)));
        ExampleFiles.writeGrpo(data.toString(), rows);
        return config("grpo.yaml", GrpoConfig.class, overrides(
                output, "max_steps=4", "checkpoints.every_steps=1",
                "batch.train_batch_size=2", "batch.mini_batch_size=1", "batch.n=2", "batch.micro_batch_size=2",
                "rollout.max_response_length=8", "rollout.max_rows=4", "rollout.cache_memory_mb=1", "reward.name=" + BreakableReward.class.getName(),
                "validation.data=[]", "validation.before_training=false", "completions_per_step=0"));
    }

    @Test
    void grpoNamesStepRowsSamplesAndWhatTheRewardBroke() {
        GrpoConfig config = grpo("broken");
        BreakableReward.broken = true;
        String message;
        try (Logged log = new Logged(RewardRunner.class)) {
            message = assertThrows(RunFailed.class, () -> GrpoTrainer.run(config, quiet())).getMessage();
            assertTrue(log.lines().contains("step 1, " + data + ": row 3, sample 1: the reward is NaN, it must be finite; it counts as failed"),
                    log.lines().toString());
        } finally {
            BreakableReward.broken = false;
        }
        assertTrue(message.startsWith("step 2: the loss is NaN (" + data + ": row 5, sample 1, " + data + ": row 5, sample 2); not finite first: "
                + "advantages, which is not finite to begin with ("), message);
        assertTrue(message.endsWith(goOn(config.output().resolve("global_step_1"))), message);
        requireFinite(config.output().resolve("global_step_1"));
        requireFinite(GrpoTrainer.run(config, RunOptions.STANDARD.resuming(), quiet()));
    }

    @Test
    void grpoNamesTheAnswerThatNoTokenCouldBeChosenFor() throws IOException {
        GrpoConfig whole = grpo("whole");
        GrpoTrainer.run(whole, quiet());
        GrpoConfig config = grpo("broken");
        Qwen2Model[] broken = new Qwen2Model[1];
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        RunStart start = RunStart.of(config.output(), config, RunOptions.STANDARD.heardBy(breaking(2, WEIGHT, broken)));
        String message;
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            GrpoSetup setup = GrpoSetup.read(config, checkpoint, tokenizer, quiet());
            try (Qwen2Model policy = setup.policy(setup.saving());
                    Qwen2Model reference = setup.reference(policy).orElseThrow();
                    RunDirectory run = RunDirectory.open(start, new RunDirectory.Contents("global_step_", setup.fingerprint()))) {
                broken[0] = policy;
                message = assertThrows(RunFailed.class, () ->
                        run.train(() -> GrpoTrainer.train(setup, setup.saving(), policy, policy, Optional.of(reference), run))).getMessage();
            }
        }
        String place = "\\Q" + data + "\\E: row [23], sample [12]";
        assertTrue(message.matches("(?s)step 3: the logits of an answer's token 1 are not finite \\(" + place + "\\); not finite first: \\Q" + WEIGHT
                + "\\E, which is not finite to begin with \\(1 of \\d+ numbers\\)\n.*"), message);
        assertTrue(message.endsWith(goOn(config.output().resolve("global_step_2"))), message);
        requireFinite(config.output().resolve("global_step_2"));
        GrpoTrainer.run(config, RunOptions.STANDARD.resuming(), quiet());
        requireSame(whole.output(), config.output());
    }

    // ---- all of them

    private static String goOn(Path last) {
        return "The last good checkpoint is " + last + ": the same command goes on from it, to the same end unless what is wrong is mended; with other "
                + "settings or data, begin a run in another folder with model=" + last;
    }

    /** Loading refuses what is not finite. */
    private static void requireFinite(Path checkpoint) {
        HfCheckpoint.open(checkpoint).load().values().forEach(INDArray::close);
    }

    private static void requireSame(Path whole, Path other) throws IOException {
        for (String file : List.of("metrics.jsonl", "final/model.safetensors")) {
            assertEquals(-1, Files.mismatch(whole.resolve(file), other.resolve(file)), file);
        }
    }
}
