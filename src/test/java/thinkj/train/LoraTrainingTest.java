package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.PeftAdapter;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ConfigLoader;
import thinkj.config.DpoConfig;
import thinkj.config.GrpoConfig;
import thinkj.config.SftConfig;
import thinkj.data.ExampleFiles;
import thinkj.data.GrpoRow;
import thinkj.data.PreferencePair;
import thinkj.data.SftExample;
import thinkj.io.Folders;
import thinkj.io.JsonLines;
import thinkj.io.UserError;
import thinkj.tokenizer.Message;

/** Whole runs of the shipped adapter recipes, from files to files, on the fixtures' tiny checkpoint. */
class LoraTrainingTest {
    private static final String CONFIGS = "configs/qwen2.5-7b/";

    @TempDir
    Path folder;

    private Path model;

    /** A random model's embeddings are too short for any token to be likely, and an adapter leaves them as they are: it was taught otherwise. */
    @BeforeEach
    void checkpoint() throws IOException {
        Path random = TinyCheckpoint.withTokenizer(folder.resolve("random"));
        SftConfig config = ConfigLoader.load(Path.of("configs/qwen2.5-0.5b/sft-judge.yaml"),
                overrides(random, "base", examples("Two.", "Five.", "Nine."), "epochs=30", "batch_size=2", "optimizer.learning_rate=1e-2",
                        "precision=fp32", "cutoff_len=128", "samples_shown=0", "followed_prompts.every_steps=0", "checkpoints.dtype=f32"), SftConfig.class);
        model = SftTrainer.run(config, quiet());
    }

    @ParameterizedTest
    @CsvSource({"fp32, fp32", "fp32, int8", "bf16, bf16", "bf16, int8"})
    void supervisedTrainingLearnsAnAdapterInPeftsLayout(String precision, String base) throws IOException {
        SftConfig config = sft("run", model, "precision=" + precision, "lora.base=" + base);
        Path trained = SftTrainer.run(config, quiet());
        List<JsonNode> metrics = metrics(config.output());
        double first = metrics.get(0).get("loss").doubleValue();
        double last = metrics.get(metrics.size() - 1).get("loss").doubleValue();
        assertTrue(last < 0.3 * first, "three short answers can be learnt by heart: " + first + " → " + last);
        for (String file : List.of("adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            assertTrue(Files.exists(trained.resolve(file)), file);
            assertTrue(Files.exists(config.output().resolve("checkpoint-120").resolve(file)), file);
        }
        assertFalse(Files.exists(trained.resolve("model.safetensors")));
        HfCheckpoint checkpoint = HfCheckpoint.open(trained);
        assertEquals(model, checkpoint.baseFolder());
        checkpoint.adapter().orElseThrow().load().forEach((name, matrix) -> assertTrue(matrix.norm2Number().doubleValue() > 0, name));
        String answers = Files.readString(config.output().resolve("samples/completions.jsonl"));
        assertTrue(answers.contains("Three.<|im_end|>\",\"taught\""), "what was learnt by heart is sampled from both together: " + answers);
    }

    @Test
    void theSameRunGivesTheSameAdapterDropoutIncluded() throws IOException {
        Path first = SftTrainer.run(sft("first", model, "max_steps=5", "lora.dropout=0.2"), quiet());
        Path second = SftTrainer.run(sft("second", model, "max_steps=5", "lora.dropout=0.2"), quiet());
        Path without = SftTrainer.run(sft("without", model, "max_steps=5", "lora.dropout=0"), quiet());
        String weights = "adapter_model.safetensors";
        assertArrayEquals(Files.readAllBytes(first.resolve(weights)), Files.readAllBytes(second.resolve(weights)));
        assertTrue(Files.mismatch(first.resolve(weights), without.resolve(weights)) >= 0, "dropout matters");
    }

    @ParameterizedTest
    @CsvSource({"f32", "bf16"})
    void aRunThatGoesOnFromACheckpointEndsWithTheSameAdapter(String dtype) throws IOException {
        SftConfig config = sft("run", model, "max_steps=6", "lora.dropout=0.2", "checkpoints.every_steps=3", "checkpoints.keep=0",
                "checkpoints.dtype=" + dtype);
        byte[] whole = Files.readAllBytes(SftTrainer.run(config, quiet()).resolve("adapter_model.safetensors"));
        // As if it had been stopped between the two checkpoints.
        Folders.delete(config.output().resolve("final"));
        Folders.delete(config.output().resolve("checkpoint-6"));
        StringWriter said = new StringWriter();
        Path trained = SftTrainer.run(config, new PrintWriter(said));
        assertTrue(said.toString().contains("checkpoint-3"), said.toString());
        assertArrayEquals(whole, Files.readAllBytes(trained.resolve("adapter_model.safetensors")));
    }

    @Test
    void preferenceTrainingGoesOnWithTheJudgesAdapterWhichIsTheReference() {
        Path judge = SftTrainer.run(sft("judge", model), quiet());
        Path pairs = folder.resolve("pairs.jsonl");
        ExampleFiles.writePairs(pairs.toString(), List.of(
                new PreferencePair("", "Which is larger, 2 or 3?", "Three.", "Two."),
                new PreferencePair("", "Which is smaller, 1 or 9?", "One.", "Nine.")));
        DpoConfig config = load("dpo-lora.yaml", DpoConfig.class, judge, "dpo", pairs, "epochs=10", "batch_size=2", "cutoff_len=128",
                "optimizer.learning_rate=1e-2", "precision=fp32", "lora.base=fp32", "lora.rank=8");
        Path trained = DpoTrainer.run(config, quiet());
        List<JsonNode> metrics = metrics(config.output());
        // But for dropout, which the reference has none of, the policy starts as the judge, not as the base.
        assertEquals(Math.log(2), metrics.get(0).get("loss/dpo").asDouble(), 0.1);
        assertTrue(metrics.get(9).get("rewards/margins").asDouble() > 0.5, metrics.get(9).toString());
        assertEquals(model, HfCheckpoint.open(trained).baseFolder());
    }

    @Test
    void reinforcementHoldsTheAdapterToItsStart() {
        Path rows = folder.resolve("rows.parquet");
        ExampleFiles.writeGrpo(rows.toString(), IntStream.range(0, 8)
                .mapToObj(i -> new GrpoRow("s", List.of(new Message("user", "q" + i)), "judge", "rule", "1", "train", i)).toList());
        Path judge = SftTrainer.run(sft("judge", model, "max_steps=3"), quiet());
        for (Path start : List.of(model, judge)) {
            String name = "grpo-" + start.getParent().getFileName();
            GrpoConfig config = load("grpo-lora.yaml", GrpoConfig.class, start, name, rows, "max_steps=16", "batch.train_batch_size=4",
                    "batch.n=4", "batch.mini_batch_size=4", "batch.micro_batch_size=4", "rollout.max_response_length=8",
                    "rollout.max_prompt_length=60", "rollout.overlong_buffer_len=1", "rollout.precision=fp32", "precision=fp32",
                    "lora.base=int8", "lora.rank=8", "optimizer.learning_rate=2e-2", "loss.kl_coefficient=0.001",
                    "reward.name=" + GrpoTrainerTest.LetterReward.class.getName());
            Path trained = GrpoTrainer.run(config, quiet());
            List<JsonNode> metrics = metrics(config.output());
            // Before the first update the policy is its start model: no divergence but for dropout, which the reference has none of.
            assertEquals(0, metrics.get(0).get("actor/kl_loss").asDouble(), 0.05);
            assertTrue(metrics.get(15).get("actor/kl_loss").asDouble() > 0.05, metrics.get(15).toString());
            double first = metrics.subList(0, 4).stream().mapToDouble(step -> step.get("critic/score/mean").asDouble()).sum() / 4;
            double last = metrics.subList(12, 16).stream().mapToDouble(step -> step.get("critic/score/mean").asDouble()).sum() / 4;
            assertTrue(last > first + 0.1, "mean score rose from " + first + " to " + last);
            // Sampled from merged weights, scored beside the frozen ones: both fp32.
            metrics.forEach(step -> assertTrue(step.get("rollout/max_abs_logp_diff").asDouble() < 1e-3, step.toString()));
            assertTrue(PeftAdapter.isIn(trained));
        }
    }

    @Test
    void anAdapterWithOtherSettingsIsNotTrainedOn() {
        Path judge = SftTrainer.run(sft("judge", model, "max_steps=1"), quiet());
        String message = assertThrows(UserError.class, () -> SftTrainer.run(sft("other", judge, "lora.rank=5"), quiet())).getMessage();
        assertTrue(message.startsWith("lora: rank 5, alpha 32.0, dropout 0.05, target_modules [q_proj, "), message);
        assertTrue(message.contains("must be those of the adapter in " + judge + ", which is trained on: rank 8, "), message);
        assertTrue(message.endsWith("For another adapter, merge this one first: thinkj merge"), message);
    }

    @Test
    void allWeightsAreTrainedFromAnAdapterMergedIn() {
        Path judge = SftTrainer.run(sft("judge", model), quiet());
        SftConfig config = ConfigLoader.load(Path.of("configs/qwen2.5-0.5b/sft-judge.yaml"), overrides(judge, "full", examples(),
                "max_steps=1", "optimizer.learning_rate=1e-9", "precision=fp32", "cutoff_len=128"), SftConfig.class);
        Path trained = SftTrainer.run(config, quiet());
        assertFalse(PeftAdapter.isIn(trained));
        Map<String, INDArray> merged = HfCheckpoint.open(judge).load();
        HfCheckpoint.open(trained).load().forEach((name, weight) -> {
            // As stored, in bf16, and one step at next to no rate away.
            double distance = weight.distance2(merged.get(name)) / merged.get(name).norm2Number().doubleValue();
            assertTrue(distance < 5e-3, name + ": " + distance);
        });
    }

    @Test
    void anFp32BaseUnderBf16ProductsIsRefused() {
        String message = assertThrows(UserError.class, () -> sft("run", model, "precision=bf16", "lora.base=fp32")).getMessage();
        assertTrue(message.contains("lora.base: fp32, must be bf16 or int8 with precision: bf16, whose products round the weights to bf16 in any case"),
                message);
    }

    private SftConfig sft(String output, Path start, String... more) {
        List<String> settings = new ArrayList<>(List.of("epochs=60", "batch_size=2", "cutoff_len=128", "optimizer.learning_rate=1e-2",
                "precision=fp32", "lora.base=fp32", "lora.rank=8", "checkpoints.every_steps=120"));
        for (String setting : more) {
            settings.removeIf(other -> other.split("=")[0].equals(setting.split("=")[0]));
            settings.add(setting);
        }
        return load("sft-judge-lora.yaml", SftConfig.class, start, output, examples(), settings.toArray(String[]::new));
    }

    private Path examples() {
        return examples("Three.", "Seven.", "One.");
    }

    private Path examples(String larger, String judged, String smaller) {
        Path data = folder.resolve(larger + "jsonl");
        ExampleFiles.writeSft(data.toString(), List.of(
                new SftExample("", "Which is larger, 2 or 3?", "", larger),
                new SftExample("You judge.", "Which is larger,", "7 or 5?", judged),
                new SftExample("", "Which is smaller, 1 or 9?", "", smaller)));
        return data;
    }

    private <C extends Record> C load(String file, Class<C> type, Path start, String output, Path data, String... more) {
        return ConfigLoader.load(Path.of(CONFIGS + file), overrides(start, output, data, more), type);
    }

    private List<String> overrides(Path start, String output, Path data, String... more) {
        List<String> all = new ArrayList<>(List.of("model=" + start, "output=" + folder.resolve(output), "data=[" + data + "]"));
        all.addAll(List.of(more));
        return all;
    }

    private static List<JsonNode> metrics(Path run) {
        return JsonLines.readAll(run.resolve("metrics.jsonl").toString()).stream().map(row -> (JsonNode) row.json()).toList();
    }

    private static PrintWriter quiet() {
        return new PrintWriter(new StringWriter());
    }
}
