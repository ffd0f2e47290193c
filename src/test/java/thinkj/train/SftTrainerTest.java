package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ActivationCheckpointing;
import thinkj.config.CheckpointSettings;
import thinkj.config.ConfigLoader;
import thinkj.config.DecayGroup;
import thinkj.config.FollowedSettings;
import thinkj.config.KernelsSetting;
import thinkj.config.OptimizerSettings;
import thinkj.config.PrecisionSetting;
import thinkj.config.ScheduleKind;
import thinkj.config.SftConfig;
import thinkj.config.Truncation;
import thinkj.config.WeightFormat;
import thinkj.data.ExampleFiles;
import thinkj.data.SftExample;
import thinkj.io.JsonLines;
import thinkj.io.UserError;

/** Whole runs from files to files, on the fixtures' tiny checkpoint with a token a byte. */
class SftTrainerTest {
    @TempDir
    Path folder;

    private Path model;
    private Path data;

    @BeforeEach
    void makeCheckpointAndData() throws IOException {
        model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        data = folder.resolve("data.jsonl");
        ExampleFiles.writeSft(data.toString(), List.of(
                new SftExample("", "Which is larger, 2 or 3?", "", "Three."),
                new SftExample("You judge.", "Which is larger,", "7 or 5?", "Seven."),
                new SftExample("", "Which is smaller, 1 or 9?", "", "One.")));
    }

    private SftConfig config(String output) {
        return new SftConfig(
                model, List.of(data), folder.resolve(output), 128, Truncation.ERROR, Optional.empty(), 30, Optional.empty(), 2, 2,
                Optional.empty(), 42, true, false, PrecisionSetting.FP32, KernelsSetting.AUTO, ActivationCheckpointing.AUTO, Optional.empty(),
                new OptimizerSettings(1e-2, ScheduleKind.COSINE, 0.1, 0, 0.9, 0.999, 1e-8, 0, DecayGroup.NO_BIASES, 1), 10, 2,
                new FollowedSettings(Optional.empty(), Optional.of(List.of(3, 1)), 25, 16), Optional.of(data), 30, new CheckpointSettings(40, 0, 0, 1, Optional.empty(), Optional.empty(), WeightFormat.F32));
    }

    private static String run(SftConfig config) {
        StringWriter said = new StringWriter();
        SftTrainer.run(config, new PrintWriter(said));
        return said.toString();
    }

    @Test
    void learnsAndLeavesARunFolder() throws IOException {
        SftConfig config = config("run");
        String said = run(config);
        assertTrue(said.contains("3 rows, 3 kept (0 of them cut)"), said);
        assertTrue(said.contains("2 an epoch, 60 in all (30.00 epochs), 6 of them warm-up"), said);

        List<JsonLines.Row> lines = JsonLines.readAll(config.output().resolve("metrics.jsonl").toString());
        double first = lines.get(0).json().get("loss").doubleValue();
        double last = lines.get(lines.size() - 1).json().get("loss").doubleValue();
        assertTrue(last < 0.3 * first, "three short answers can be learnt by heart: " + first + " → " + last);
        assertTrue(lines.get(lines.size() - 1).json().has("eval_loss"));

        assertEquals(config, ConfigLoader.load(config.output().resolve("config.yaml"), List.of(), SftConfig.class));
        String samples = Files.readString(config.output().resolve("samples/trained-on.txt"));
        assertTrue(samples.contains("<|im_start|>system\nYou judge.<|im_end|>\n<|im_start|>user\nWhich is larger,\n7 or 5?<|im_end|>\n"
                + "<|im_start|>assistant\n⟦Seven.<|im_end|>\n⟧"), samples);
        assertFalse(samples.contains("smaller"), "two samples were asked for");
        assertTrue(Files.exists(config.output().resolve("checkpoint-40/model.safetensors")));
        List<JsonLines.Row> answers = JsonLines.readAll(config.output().resolve("samples/completions.jsonl").toString());
        assertEquals(List.of("0 3", "0 1", "25 3", "25 1", "50 3", "50 1", "60 3", "60 1"),
                answers.stream().map(row -> row.json().get("step") + " " + row.json().get("followed")).toList());
        assertEquals("Three.<|im_end|>\n", answers.get(7).text("taught"));
        assertEquals("Three.<|im_end|>", answers.get(7).text("completion"), "learnt by heart");
        assertTrue(answers.get(6).text("prompt").contains("Which is smaller, 1 or 9?"), "the third row");
        assertTrue(said.contains("followed           rows 3, 1 of eval_data: answered before the first step, every 25 steps and after the last\n"), said);
        for (String file : List.of("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            assertTrue(Files.exists(config.output().resolve("final").resolve(file)), file);
        }
        HfCheckpoint.open(config.output().resolve("final")).load().values().forEach(INDArray::close);
    }

    @Test
    void aRunFolderIsNeverWrittenOver() throws IOException {
        SftConfig config = config("run");
        Files.createDirectories(config.output());
        Files.writeString(config.output().resolve("config.yaml"), "old");
        assertEquals(
                config.output().resolve("config.yaml") + ": is no config of a run; give another output folder, or move this one away",
                refusal(config));
        assertEquals("old", Files.readString(config.output().resolve("config.yaml")));
    }

    @Test
    void anOutputFolderThatCannotBeWrittenIsToldAtOnce() throws IOException {
        Files.writeString(folder.resolve("file"), "");
        SftConfig config = config("file/run");
        assertEquals(config.output() + ": cannot be written, a file stands where a folder is needed; choose another path", refusal(config));
    }

    @Test
    void anEmptyDataSetIsRefused() throws IOException {
        Files.writeString(data, "\n");
        SftConfig config = config("run");
        assertEquals(data + ": the data set is empty, at least one row is needed", refusal(config));
        assertFalse(Files.exists(config.output().resolve("metrics.jsonl")), "the folder can be used again");
    }

    @Test
    void aRowWithoutAnAnswerIsRefused() throws IOException {
        Files.writeString(data, "{\"instruction\": \"Which?\"}\n", StandardOpenOption.APPEND);
        assertEquals(data + ":4: output: missing, every row must have it", refusal(config("run")));
    }

    @Test
    void weightsThatAreNotNumbersAreRefused() throws IOException {
        Path broken = model.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(broken);
        // the last number of the file: little-endian bits of a NaN
        System.arraycopy(new byte[] {0, 0, (byte) 0xc0, 0x7f}, 0, bytes, bytes.length - 4, 4);
        Files.write(broken, bytes);
        SftConfig config = config("run");
        String message = refusal(config);
        assertTrue(message.startsWith(broken.getParent().toString()) && message.contains("NaN"), message);
        assertFalse(Files.exists(config.output().resolve("metrics.jsonl")), "the folder can be used again");
    }

    @Test
    void aCutOffBeyondTheContextIsRefused() {
        SftConfig good = config("run");
        int context = HfCheckpoint.open(model).config().maxPositionEmbeddings();
        SftConfig config = new SftConfig(
                good.model(), good.data(), good.output(), context + 1, good.truncation(), good.prompts(), 1, good.maxSteps(), 1, 1,
                good.microBatchTokens(), 1, true, false, PrecisionSetting.FP32, KernelsSetting.AUTO, ActivationCheckpointing.AUTO, Optional.empty(), good.optimizer(), 1, 0, good.followedPrompts(), good.evalData(), 1,
                good.checkpoints());
        assertEquals(
                "cutoff_len: " + (context + 1) + ", must be at most " + context + ", the context of the model in " + model + " (max_position_embeddings)",
                refusal(config));
    }

    @Test
    void aPrecisionThatTheKernelsDoNotHaveIsRefusedBeforeAnythingIsWritten() {
        SftConfig good = config("run");
        SftConfig config = new SftConfig(
                good.model(), good.data(), good.output(), good.cutoffLen(), good.truncation(), good.prompts(), 1, good.maxSteps(), 1, 1,
                good.microBatchTokens(), 1, true, false, PrecisionSetting.BF16, KernelsSetting.ND4J, ActivationCheckpointing.AUTO, Optional.empty(), good.optimizer(), 1, 0, good.followedPrompts(), good.evalData(), 1,
                good.checkpoints());
        assertEquals("precision: bf16, must be fp32 here: the nd4j kernels have no other", refusal(config));
        assertFalse(Files.exists(config.output().resolve("metrics.jsonl")));
    }

    /** What is computed twice gives the same bits again, in training as in what the plan says about it. */
    @Test
    void activationCheckpointingChangesMemoryAlone() throws IOException {
        SftConfig auto = config("auto");
        String said = run(auto);
        assertTrue(said.contains(", nothing is computed twice: ") && said.contains(" are allowed (auto)\n"), said);
        assertTrue(said.matches("(?s).*\n  memory +about [0-9.]+ [GM]iB: [0-9.]+ MiB outside the Java heap, where the limit is "
                + "[0-9.]+ [GM]iB, and [0-9.]+ [GM]iB of Java's own\n.*"), said);
        for (String setting : List.of("off", "layers", "auto:1KB", "auto:1GB")) {
            SftConfig config = with(ActivationCheckpointing.of(setting), setting.replace(':', '-'));
            if (setting.equals("auto:1KB")) {
                String refusal = refusal(config);
                assertTrue(refusal.matches("activation_checkpointing: auto:1KB, must be at least [0-9.]+ MiB, the activations that are left when "
                        + "every layer is computed again\nwould fit: activation_checkpointing: auto; or take .*"), refusal);
                continue;
            }
            said = run(config);
            assertTrue(said.contains(Map.of(
                    "off", ", nothing is computed twice, as set\n",
                    "layers", ": every layer is computed again, as set\n",
                    "auto:1GB", ", nothing is computed twice: 953.7 MiB are allowed (auto:1GB)\n").get(setting)), said);
            assertArrayEquals(Files.readAllBytes(auto.output().resolve("final/model.safetensors")),
                    Files.readAllBytes(config.output().resolve("final/model.safetensors")), setting);
        }
    }

    private SftConfig with(ActivationCheckpointing setting, String output) {
        SftConfig other = config(output);
        return new SftConfig(
                other.model(), other.data(), other.output(), other.cutoffLen(), other.truncation(), other.prompts(), other.epochs(),
                other.maxSteps(), other.batchSize(), other.microBatchSize(), other.microBatchTokens(), other.seed(), other.shuffle(), other.groupByLength(),
                other.precision(), other.kernels(), setting, other.lora(), other.optimizer(), other.loggingSteps(), other.samplesShown(), other.followedPrompts(), other.evalData(),
                other.evalSteps(), other.checkpoints());
    }

    private static String refusal(SftConfig config) {
        return assertThrows(UserError.class, () -> run(config)).getMessage();
    }
}
