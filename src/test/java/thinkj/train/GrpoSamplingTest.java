package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import thinkj.io.JsonLines;
import thinkj.tokenizer.Message;

/** What a step learns from: groups that are replaced, answers of weights a step behind. Whole runs on a tiny random checkpoint. */
class GrpoSamplingTest {
    private static final String METRICS = "metrics.jsonl";
    private static final String COMPLETIONS = "samples/completions.jsonl";

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

    private Path run(String output, String... own) {
        List<String> settings = new ArrayList<>(List.of(
                "model=" + model, "data=[" + data + "]", "output=" + folder.resolve(output), "seed=7",
                "rollout.max_prompt_length=60", "rollout.max_response_length=8", "rollout.max_rows=8",
                "reward.name=" + GrpoTrainerTest.LetterReward.class.getName(),
                "validation.data=[]", "batch.train_batch_size=2", "batch.mini_batch_size=2", "batch.micro_batch_size=4",
                "completions_per_step=1000"));
        settings.addAll(List.of(own));
        GrpoConfig config = ConfigLoader.load(Path.of("configs/quickstart/grpo.yaml"), settings, GrpoConfig.class);
        GrpoTrainer.run(config, new PrintWriter(new StringWriter()));
        return config.output();
    }

    private static List<JsonNode> lines(Path file) {
        return JsonLines.readAll(file.toString()).stream().map(row -> (JsonNode) row.json()).toList();
    }

    private static List<JsonNode> ofStep(Path file, int step) {
        return lines(file).stream().filter(line -> line.get("step").asInt() == step).toList();
    }

    @Test
    void groupsWithoutSignalAreReplacedByThoseOfFurtherPrompts() throws IOException {
        String[] settings = {"batch.n=2", "batch.max_num_gen_batches=4", "max_steps=4"};
        Path run = run("run", settings);
        double resampled = 0;
        for (JsonNode step : lines(run.resolve(METRICS))) {
            double asked = step.get("group/asked").asDouble();
            assertTrue(asked >= 2 && asked <= 8, "a step may ask four times its prompts: " + asked);
            assertEquals(asked - 2, step.get("group/discarded").asDouble());
            resampled += step.get("group/resampled").asDouble();
            List<JsonNode> learnt = ofStep(run.resolve(COMPLETIONS), step.get("step").asInt()).stream().filter(line -> !line.has("followed")).toList();
            assertEquals(4, learnt.size());
            assertEquals(2, learnt.stream().map(line -> line.get("prompt")).distinct().count());
            if (asked < 8) {
                learnt.forEach(line -> assertTrue(line.get("advantage").asDouble() != 0, "every group has signal"));
            }
        }
        assertTrue(resampled > 0, "two answers of so few tokens often earn the same");
        assertEquals(-1, Files.mismatch(run.resolve(METRICS), run("again", settings).resolve(METRICS)), "the same in another run");
    }

    @Test
    void oneStepOffPolicyAnswersAreOfTheWeightsAStepBehind() {
        String fast = "optimizer.learning_rate=2e-2";
        Path off = run("off", fast, "max_steps=3", "batch.n=4", "rollout.one_step_off_policy=true");
        Path on = run("on", fast, "max_steps=3", "batch.n=4");
        Path frozen = run("frozen", "optimizer.learning_rate=1e-12", "max_steps=3", "batch.n=4");
        assertEquals(completions(frozen, 1), completions(off, 1));
        assertEquals(completions(frozen, 2), completions(off, 2), "sampled before the first update");
        assertNotEquals(completions(frozen, 2), completions(on, 2), "sampled after the first update");
        assertNotEquals(completions(frozen, 3), completions(off, 3), "sampled after the first update");
        List<JsonNode> steps = lines(off.resolve(METRICS));
        for (JsonNode step : steps) {
            assertTrue(step.get("rollout/max_abs_logp_diff").asDouble() < 1e-3, "the sampler and the trainer of the same weights");
        }
        // The ratio is 1 in the first step; rounding of log-probabilities of about 6 remains.
        assertEquals(0, steps.get(0).get("actor/ppo_kl").asDouble(), 1e-5);
        assertTrue(Math.abs(steps.get(1).get("actor/ppo_kl").asDouble()) > 1e-3, "the policy has moved since it answered");
    }

    private static List<String> completions(Path run, int step) {
        return ofStep(run.resolve(COMPLETIONS), step).stream().map(line -> line.get("completion").asText()).toList();
    }

    /** The answers of the step ahead, and what the weights that are gone made of them, lie in the checkpoint. */
    @Test
    void oneStepOffPolicyWithReplacedGroupsGoesOnToTheSameBytes() throws IOException {
        String[] settings = {
            "batch.n=2", "batch.mini_batch_size=1", "batch.micro_batch_size=2", "batch.micro_batch_tokens=64", "batch.ppo_epochs=2",
            "batch.max_num_gen_batches=3", "rollout.one_step_off_policy=true", "rollout.truncated=penalty", "rollout.overlong_buffer_len=3",
            "optimizer.learning_rate=2e-2", "max_steps=6", "checkpoints.every_steps=3", "checkpoints.keep=0"
        };
        Path run = run("run", settings);
        List<Path> files = List.of(run.resolve(METRICS), run.resolve(COMPLETIONS), run.resolve("final/model.safetensors"));
        List<byte[]> whole = new ArrayList<>();
        for (Path file : files) {
            whole.add(Files.readAllBytes(file));
        }
        Folders.delete(run.resolve("final"));
        Folders.delete(run.resolve("global_step_6"));
        assertTrue(Files.exists(run.resolve("global_step_3")));
        run("run", settings);
        for (int i = 0; i < whole.size(); i++) {
            assertArrayEquals(whole.get(i), Files.readAllBytes(files.get(i)), files.get(i).toString());
        }
    }
}
