package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ActivationCheckpointing;
import thinkj.config.Aggregation;
import thinkj.config.CheckpointSettings;
import thinkj.config.ConfigLoader;
import thinkj.config.DecayGroup;
import thinkj.config.GrpoBatch;
import thinkj.config.GrpoConfig;
import thinkj.config.GrpoLossSettings;
import thinkj.config.FollowedSettings;
import thinkj.config.KernelsSetting;
import thinkj.config.OptimizerSettings;
import thinkj.config.PrecisionSetting;
import thinkj.config.RewardSettings;
import thinkj.config.RolloutPrecision;
import thinkj.config.RolloutSettings;
import thinkj.config.ScheduleKind;
import thinkj.config.TruncatedAnswers;
import thinkj.config.ValidationSettings;
import thinkj.config.WeightFormat;
import thinkj.data.ExampleFiles;
import thinkj.data.GrpoRow;
import thinkj.io.JsonLines;
import thinkj.io.UserError;
import thinkj.judge.Reward;
import thinkj.judge.RewardInput;
import thinkj.judge.RewardResult;
import thinkj.tokenizer.Message;

/** Whole runs on a tiny random checkpoint. */
class GrpoTrainerTest {
    @TempDir
    Path folder;

    private Path model;
    private Path data;

    /** Pays for the letter t, which half of the tiny vocabulary has once, up to one for each of the eight tokens. */
    public static final class LetterReward implements Reward {
        @Override
        public double score(RewardInput input) {
            return result(input).score();
        }

        @Override
        public RewardResult result(RewardInput input) {
            long letters = input.completion().chars().filter(c -> c == 't').count();
            return new RewardResult(Math.min(1, letters / 8.0), Map.of("letters", (double) letters));
        }
    }

    /** Throws at some answers, hangs at others, and pays nothing that is a number for the rest. */
    public static final class BrokenReward implements Reward {
        @Override
        public double score(RewardInput input) {
            switch ((int) Math.floorMod((long) input.completion().hashCode(), 3L)) {
                case 0 -> throw new IllegalStateException("broken");
                case 1 -> LockSupport.parkNanos(Long.MAX_VALUE);
                default -> {
                    return Double.NaN;
                }
            }
            return 1;
        }
    }

    @BeforeEach
    void files() throws IOException {
        model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        data = folder.resolve("train.parquet");
        ExampleFiles.writeGrpo(data.toString(), rows(10, "short"));
    }

    private static List<GrpoRow> rows(int count, String question) {
        return IntStream.range(0, count)
                .mapToObj(i -> new GrpoRow(i % 2 == 0 ? "even" : "odd", List.of(new Message("user", question + i)), "judge", "rule", "1", "train", i))
                .toList();
    }

    @Test
    void theRewardRisesAndTheRunLeavesItsFiles() {
        GrpoConfig config = config(LetterReward.class, 4, 8, TruncatedAnswers.KEEP);
        StringWriter out = new StringWriter();
        Path trained = GrpoTrainer.run(config, new PrintWriter(out, true));
        Path run = config.output();

        List<JsonNode> metrics = lines(run.resolve("metrics.jsonl"));
        double start = metrics.get(0).get("val/test_score/even").asDouble();
        assertEquals(0, metrics.get(0).get("step").asInt());
        List<JsonNode> steps = metrics.subList(1, metrics.size());
        assertEquals(16, steps.size());
        double first = mean(steps.subList(0, 4));
        double last = mean(steps.subList(12, 16));
        assertTrue(last > first + 0.2, "mean score rose from " + first + " to " + last);
        assertTrue(steps.get(15).get("val/test_score/even").asDouble() >= start);
        for (JsonNode step : steps) {
            for (String name : List.of(
                    "critic/score/mean", "critic/rewards/max", "critic/advantages/min", "critic/returns/mean", "actor/entropy_loss",
                    "actor/pg_loss", "actor/pg_clipfrac", "actor/ppo_kl", "actor/kl_loss", "actor/grad_norm", "actor/lr",
                    "response_length/mean", "response_length/clip_ratio", "prompt_length/max",
                    "rollout/max_abs_logp_diff", "group/zero_variance_fraction", "reward/failed", "reward/letters/mean")) {
                assertTrue(step.path(name).isNumber(), "step " + step.get("step") + ": " + name);
            }
            // Both are the same model in fp32; only the order of additions differs.
            assertTrue(step.get("rollout/max_abs_logp_diff").asDouble() < 1e-3, "sampler and trainer differ");
            assertEquals(0, step.get("reward/failed").asInt());
        }
        for (JsonNode timing : lines(run.resolve("timings.jsonl"))) {
            for (String name : List.of("timing_s/gen", "timing_s/old_log_prob", "timing_s/ref", "timing_s/adv", "timing_s/update_actor",
                    "timing_s/step", "perf/throughput", "memory/resident_gib", "memory/off_heap_gib", "memory/peak_resident_gib")) {
                assertTrue(timing.path(name).isNumber(), "step " + timing.get("step") + ": " + name);
            }
        }
        // The first update starts at the start model, with the full learning rate.
        assertEquals(config.optimizer().learningRate(), steps.get(0).get("actor/lr").asDouble());

        assertEquals("15", text(run.resolve("latest_checkpointed_iteration.txt")).strip());
        assertFalse(Files.exists(run.resolve("global_step_5")), "only the newest two are kept");
        assertTrue(Files.exists(run.resolve("global_step_10")));
        HfCheckpoint.open(run.resolve("global_step_15"));
        HfCheckpoint.open(trained);
        assertEquals(run.resolve("final"), trained);
        assertTrue(Files.exists(trained.resolve("tokenizer.json")));
        assertEquals(config, ConfigLoader.load(run.resolve("config.yaml"), List.of(), GrpoConfig.class));
        List<JsonNode> completions = lines(run.resolve("samples/completions.jsonl"));
        assertEquals(16 * 2, completions.size());
        assertTrue(completions.get(0).get("components").get("letters").isNumber());
        assertTrue(completions.get(0).get("prompt").asText().endsWith("<|im_start|>assistant\n"));
        assertTrue(out.toString().contains("""
                a step             4 prompts x 4 answers = 16 sequences
                an update          2 prompts x 4 answers = 8 sequences = 2 micro-batches of 4
                updates            4 prompts / 2 x 1 epochs = 2 optimiser steps a step
                steps              2 an epoch (2 prompts left out of each), 16 in all = 32 optimiser steps
              """), out.toString());
    }

    private static double mean(List<JsonNode> steps) {
        return steps.stream().mapToDouble(step -> step.get("critic/score/mean").asDouble()).average().orElseThrow();
    }

    @Test
    void aRewardThatThrowsOrHangsDoesNotStopTheRun() {
        GrpoConfig config = config(BrokenReward.class, 2, 1, TruncatedAnswers.KEEP);
        GrpoTrainer.run(config, quiet());
        for (JsonNode line : lines(config.output().resolve("metrics.jsonl"))) {
            if (line.get("step").asInt() > 0) {
                assertEquals(config.batch().sequences(), line.get("reward/failed").asInt());
                assertEquals(config.reward().failureScore(), line.get("critic/score/mean").asDouble());
                assertEquals(1, line.get("group/zero_variance_fraction").asDouble());
                // Nothing to learn from where all groups are flat and flat groups are skipped.
                assertEquals(0, line.get("actor/learnt_fraction").asDouble());
                assertFalse(line.has("actor/grad_norm"));
            }
        }
        assertTrue(lines(config.output().resolve("samples/completions.jsonl")).get(0).has("reward_failure"));
    }

    @Test
    void anotherTemperatureSeveralPassesAndNoReference() throws IOException {
        Path more = folder.resolve("more.parquet");
        ExampleFiles.writeGrpo(more.toString(), List.of(
                new GrpoRow("further", List.of(new Message("user", "short")), "judge", "rule", "1", "test", 0)));
        GrpoConfig c = config(LetterReward.class, 4, 2, TruncatedAnswers.KEEP);
        RolloutSettings hot = new RolloutSettings(0.7, 0, 1, 60, 8, 8, Optional.empty(), RolloutPrecision.FP32, TruncatedAnswers.KEEP, 1, 0, false);
        GrpoLossSettings loss = new GrpoLossSettings(Aggregation.MICRO_MEAN, 0.2, 0.3, Optional.of(3.0), 0, 0, false, false);
        GrpoConfig config = new GrpoConfig(
                c.model(), c.data(), c.output(), c.epochs(), Optional.of(3), c.seed(), false, PrecisionSetting.FP32, KernelsSetting.AUTO, ActivationCheckpointing.AUTO, Optional.empty(), new GrpoBatch(4, 4, 2, 4, Optional.empty(), 2, 1),
                hot, c.reward(), loss, c.optimizer(), new ValidationSettings(List.of(data, more), 2, false), new FollowedSettings(Optional.of(more), Optional.empty(), 2, 8), c.checkpoints(), 0);
        GrpoTrainer.run(config, quiet());
        List<JsonNode> steps = lines(config.output().resolve("metrics.jsonl"));
        assertEquals(3, steps.size());
        for (JsonNode step : steps) {
            // The sampler tells log-probabilities at temperature 1 whatever it sampled with.
            assertTrue(step.get("rollout/max_abs_logp_diff").asDouble() < 1e-3, "sampler and trainer differ");
            assertFalse(step.has("actor/kl_loss"), "there is no reference");
            assertTrue(Math.abs(step.get("actor/ppo_kl").asDouble()) > 1e-6, "later updates of a step are off its policy");
            assertEquals(step.get("step").asInt() >= 2, step.has("val/test_score/odd"));
            assertEquals(step.get("step").asInt() >= 2, step.has("val/test_score/further"), "of the second file");
        }
        assertTrue(lines(config.output().resolve("timings.jsonl")).stream().noneMatch(timing -> timing.has("timing_s/ref")), "there is no reference");
        List<JsonNode> shown = lines(config.output().resolve("samples/completions.jsonl"));
        assertEquals(List.of(0, 2, 3), shown.stream().map(line -> line.get("step").asInt()).toList(), "before the first, every second, after the last");
        assertTrue(shown.stream().allMatch(line -> line.get("followed").asInt() == 1 && line.get("score").isNumber()));
        assertTrue(shown.stream().allMatch(line -> line.get("data_source").asText().equals("further") && line.get("ground_truth").asText().equals("1")));
        assertEquals(shown.get(0).get("prompt"), shown.get(2).get("prompt"), "the same prompt each time");
    }

    @Test
    void maskedTruncatedAnswersAreNotLearntFrom() {
        GrpoConfig config = config(LetterReward.class, 4, 1, TruncatedAnswers.MASK);
        GrpoTrainer.run(config, quiet());
        JsonNode step = lines(config.output().resolve("metrics.jsonl")).get(1);
        double truncated = step.get("response_length/clip_ratio").asDouble();
        // An answer may also end at the very last token that is allowed.
        assertTrue(truncated > 0 && step.get("actor/learnt_fraction").asDouble() >= 1 - truncated && step.get("actor/learnt_fraction").asDouble() < 1);
    }

    @Test
    void runsOfOneSeedAreTheSame() throws IOException {
        GrpoConfig one = config(LetterReward.class, 4, 1, TruncatedAnswers.PENALTY);
        GrpoTrainer.run(one, quiet());
        List<JsonNode> first = lines(one.output().resolve("metrics.jsonl"));
        GrpoConfig two = at(one, folder.resolve("again"));
        GrpoTrainer.run(two, quiet());
        List<JsonNode> second = lines(two.output().resolve("metrics.jsonl"));
        assertEquals(first, second);
        assertEquals(-1, Files.mismatch(one.output().resolve("metrics.jsonl"), two.output().resolve("metrics.jsonl")), "to the byte");
        assertTrue(first.get(1).get("critic/rewards/mean").asDouble() < first.get(1).get("critic/score/mean").asDouble());
    }

    @Test
    void promptsThatAreTooLongAreDroppedAndCounted() throws IOException {
        ExampleFiles.writeGrpo(data.toString(), IntStream.range(0, 2).boxed()
                .flatMap(i -> rows(4, i == 0 ? "short" : "long".repeat(100)).stream()).toList());
        StringWriter out = new StringWriter();
        GrpoTrainer.run(config(LetterReward.class, 4, 1, TruncatedAnswers.KEEP), new PrintWriter(out, true));
        assertTrue(out.toString().startsWith(
                data + ": 8 rows, 4 kept, 4 dropped as longer than rollout.max_prompt_length, which is 60 tokens\n"), out.toString());
    }

    @Test
    void tooFewPromptsForAStep() {
        assertEquals(
                "batch.train_batch_size: 12, must be at most the number of prompts, which is 10",
                refusal(config(LetterReward.class, 12, 1, TruncatedAnswers.KEEP)));
    }

    @Test
    void aRunIsNeverWrittenOver() throws IOException {
        GrpoConfig config = config(LetterReward.class, 4, 1, TruncatedAnswers.KEEP);
        Files.createDirectories(config.output());
        Files.writeString(config.output().resolve("metrics.jsonl"), "");
        assertEquals(
                config.output() + ": already holds a run (metrics.jsonl is there), which is never written over; give another output folder, or "
                        + "move this one away",
                refusal(config));
    }

    private static String refusal(GrpoConfig config) {
        return assertThrows(UserError.class, () -> GrpoTrainer.run(config, quiet())).getMessage();
    }

    private GrpoConfig config(Class<? extends Reward> reward, int promptsPerStep, int epochs, TruncatedAnswers truncated) {
        boolean broken = reward == BrokenReward.class;
        return new GrpoConfig(
                model,
                List.of(data),
                folder.resolve("run"),
                epochs,
                broken ? Optional.of(2) : Optional.empty(),
                7,
                true, PrecisionSetting.FP32, KernelsSetting.AUTO, ActivationCheckpointing.AUTO, Optional.empty(),
                new GrpoBatch(promptsPerStep, 4, 2, 4, Optional.empty(), 1, 1),
                new RolloutSettings(1, 0, 1, 60, 8, 8, Optional.of(1), RolloutPrecision.FP32, truncated, 1, 0.5, false),
                new RewardSettings(reward.getName(), broken ? 0.05 : 10, 8, 0.25),
                new GrpoLossSettings(Aggregation.TOKEN_MEAN, 0.2, 0.2, Optional.empty(), 0.001, 0.001, true, broken),
                new OptimizerSettings(4e-3, ScheduleKind.CONSTANT, 0, 0, 0.9, 0.999, 1e-8, 0.01, DecayGroup.ALL, 1),
                new ValidationSettings(List.of(data), 0, true),
                new FollowedSettings(Optional.empty(), Optional.of(List.of()), 0, 8),
                new CheckpointSettings(5, 0, 0, 2, Optional.empty(), Optional.empty(), WeightFormat.F32),
                2);
    }

    private static GrpoConfig at(GrpoConfig c, Path output) {
        return new GrpoConfig(
                c.model(), c.data(), output, c.epochs(), c.maxSteps(), c.seed(), c.shuffle(), PrecisionSetting.FP32, KernelsSetting.AUTO, ActivationCheckpointing.AUTO, Optional.empty(), c.batch(), c.rollout(), c.reward(), c.loss(),
                c.optimizer(), c.validation(), c.followedPrompts(), c.checkpoints(), c.completionsPerStep());
    }

    private static PrintWriter quiet() {
        return new PrintWriter(new StringWriter());
    }

    private static List<JsonNode> lines(Path file) {
        return JsonLines.readAll(file.toString()).stream().map(row -> (JsonNode) row.json()).toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
