package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ActivationCheckpointing;
import thinkj.config.CheckpointSettings;
import thinkj.config.ConfigLoader;
import thinkj.config.DecayGroup;
import thinkj.config.DpoConfig;
import thinkj.config.FollowedSettings;
import thinkj.config.KernelsSetting;
import thinkj.config.OptimizerSettings;
import thinkj.config.PrecisionSetting;
import thinkj.config.ScheduleKind;
import thinkj.config.Truncation;
import thinkj.config.WeightFormat;
import thinkj.data.ExampleFiles;
import thinkj.data.PreferencePair;
import thinkj.io.JsonLines;
import thinkj.io.UserError;

/** Whole runs on a tiny random checkpoint. */
class DpoTrainerTest {
    @TempDir
    Path folder;

    private Path model;
    private Path data;

    @BeforeEach
    void files() throws IOException {
        model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        data = folder.resolve("pairs.json");
        ExampleFiles.writePairs(data.toString(), IntStream.range(0, 10)
                .mapToObj(i -> new PreferencePair("", "which is better " + i, "Response (a)", "I cannot say"))
                .toList());
    }

    @Test
    void theMarginGrowsAndTheRunLeavesItsFiles() throws IOException {
        DpoConfig config = config("run", 4, 2, 3);
        StringWriter out = new StringWriter();
        Path trained = DpoTrainer.run(config, new PrintWriter(out, true));
        Path run = config.output();
        List<JsonNode> steps = metrics(config);
        assertEquals(9, steps.size());
        JsonNode first = steps.get(0);
        JsonNode last = steps.get(8);
        // The policy starts as the reference: no margin but for the order of additions, so the loss is log 2.
        assertEquals(0, first.get("rewards/margins").asDouble(), 1e-3);
        assertEquals(Math.log(2), first.get("loss/dpo").asDouble(), 1e-3);
        assertTrue(last.get("rewards/margins").asDouble() > 1, "margin " + last.get("rewards/margins"));
        assertEquals(1, last.get("rewards/accuracies").asDouble());
        assertTrue(last.get("loss").asDouble() < first.get("loss").asDouble());
        for (String name : List.of("rewards/chosen", "rewards/rejected", "logps/chosen", "logps/rejected", "loss/sft", "grad_norm", "learning_rate")) {
            assertTrue(last.path(name).isNumber(), name);
        }
        assertEquals(run.resolve("final"), trained);
        HfCheckpoint.open(trained);
        HfCheckpoint.open(run.resolve("checkpoint-8"));
        assertEquals(config, ConfigLoader.load(run.resolve("config.yaml"), List.of(), DpoConfig.class));
        String shown = Files.readString(run.resolve("samples").resolve("trained-on.txt"));
        assertTrue(shown.contains("<|im_start|>assistant\n⟦Response (a)<|im_end|>\n⟧"), shown);
        assertTrue(shown.contains("⟦I cannot say<|im_end|>\n⟧"), shown);
        String answers = Files.readString(run.resolve("samples").resolve("completions.jsonl"));
        for (int step : List.of(0, 4, 8, 9)) {
            assertTrue(answers.contains("{\"step\":" + step + ",\"followed\":1,\"prompt\":"), answers);
        }
        assertTrue(out.toString().contains("3 an epoch, 9 in all"), out.toString());
    }

    @Test
    void theCutIntoMicroBatchesChangesNothing() {
        DpoConfig together = config("together", 4, 4, 1);
        DpoConfig apart = config("apart", 4, 1, 1);
        DpoTrainer.run(together, quiet());
        DpoTrainer.run(apart, quiet());
        for (int step = 0; step < metrics(apart).size(); step++) {
            for (String name : List.of("loss", "grad_norm", "logps/chosen")) {
                double expected = metrics(together).get(step).get(name).asDouble();
                // fp32 sums in another order, and what Adam makes of them in later steps.
                assertEquals(expected, metrics(apart).get(step).get(name).asDouble(), 2e-3 * Math.abs(expected), name + " of step " + (step + 1));
            }
        }
    }

    @Test
    void theReferenceIsComputedOnceForRunsSideBySide() throws IOException {
        DpoTrainer.run(config("first", 4, 2, 1), quiet());
        Path cache = cache();
        // What a second run reads, it must take from here.
        Files.writeString(cache, Files.readString(cache).replaceAll("\"chosen\" : \\[ [-0-9.E]+", "\"chosen\" : [ -1000"));
        DpoConfig second = config("second", 10, 2, 1);
        DpoTrainer.run(second, quiet());
        assertEquals(cache, cache());
        assertTrue(metrics(second).get(0).get("rewards/chosen").asDouble() > 5, "the cached reference was used");
    }

    private Path cache() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(file -> file.getFileName().toString().startsWith("reference-")).toList();
            assertEquals(1, found.size());
            return found.get(0);
        }
    }

    @Test
    void aPairWithoutAnAnswerIsToldWithItsPlace() throws IOException {
        Files.writeString(data, "[{\"instruction\": \"q\", \"chosen\": \"a\", \"rejected\": \"b\"},\n {\"instruction\": \"q\", \"chosen\": \"a\"}]");
        String message = assertThrows(UserError.class, () -> DpoTrainer.run(config("run", 4, 2, 1), quiet())).getMessage();
        assertEquals(data + ":2: rejected: missing, every row must have it", message);
    }

    @Test
    void aCutOffBeyondTheContextIsRefused() {
        DpoConfig config = config("run", 4, 2, 1, 40000);
        String message = assertThrows(UserError.class, () -> DpoTrainer.run(config, quiet())).getMessage();
        assertEquals(
                "cutoff_len: 40000, must be at most 32768, the context of the model in " + model + " (max_position_embeddings)", message);
    }

    private DpoConfig config(String name, int batch, int micro, int epochs) {
        return config(name, batch, micro, epochs, 128);
    }

    private DpoConfig config(String name, int batch, int micro, int epochs, int cutoff) {
        return new DpoConfig(
                model, List.of(data), folder.resolve(name), cutoff, Truncation.MIDDLE, Optional.empty(), epochs, Optional.empty(), batch,
                micro, Optional.empty(), 42, true, false, PrecisionSetting.FP32, KernelsSetting.AUTO, ActivationCheckpointing.AUTO, Optional.empty(), 0.1, 1, 0,
                new OptimizerSettings(1e-3, ScheduleKind.COSINE, 0, 0, 0.9, 0.999, 1e-8, 0, DecayGroup.NO_BIASES, 1),
                1, new FollowedSettings(Optional.empty(), Optional.empty(), 4, 16), new CheckpointSettings(4, 0, 0, 1, Optional.empty(), Optional.empty(), WeightFormat.F32));
    }

    private static List<JsonNode> metrics(DpoConfig config) {
        return JsonLines.readAll(config.output().resolve("metrics.jsonl").toString()).stream().map(row -> (JsonNode) row.json()).toList();
    }

    private static PrintWriter quiet() {
        return new PrintWriter(new StringWriter());
    }
}
