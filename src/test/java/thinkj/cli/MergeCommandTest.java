package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Dtype;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.LoraTensors;
import thinkj.checkpoint.PeftAdapter;
import thinkj.checkpoint.PeftConfig;
import thinkj.checkpoint.Qwen2Config;
import thinkj.io.JsonLines;

/** An adapter and its base to one checkpoint, and an adapter's folder where a model is asked for. */
class MergeCommandTest {
    @TempDir
    Path folder;

    private Path base;
    private Path adapter;

    @BeforeEach
    void makeBaseAndAdapter() throws IOException {
        base = TinyCheckpoint.withTokenizer(folder.resolve("base"));
        adapter = folder.resolve("adapter");
        adapter(adapter, HfCheckpoint.open(base).config(), 4);
    }

    private void adapter(Path to, Qwen2Config model, int rank) {
        PeftConfig config = PeftConfig.of(base.toString(), rank, 16, 0.1, List.of("o_proj", "up_proj"));
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        LoraTensors.of(model, config).forEach((name, shape) -> tensors.put(name, Nd4j.rand(DataType.FLOAT, shape).subi(0.5)));
        PeftAdapter.save(to, config, tensors, Dtype.F32, null);
    }

    @Test
    void writesTheMergedWeightsWithSettingsAndTokenizer() throws IOException {
        Path output = folder.resolve("merged");
        CommandRun run = CommandRun.of(new MergeCommand(), "--adapter", adapter.toString(), "--output", output.toString());
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().startsWith(output + ": " + base + " with the adapter of " + adapter + ", "), run.out());
        Map<String, INDArray> merged = HfCheckpoint.open(output).load();
        HfCheckpoint.open(adapter).load().forEach((name, weight) ->
                assertArrayEquals(weight.data().asFloat(), merged.get(name).data().asFloat(), name));
        for (String file : List.of("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")) {
            assertTrue(Files.exists(output.resolve(file)), file);
        }
    }

    @Test
    void theAdaptersFolderScoresAsTheMergedCheckpoint() throws IOException {
        Path output = folder.resolve("merged");
        CommandRun.of(new MergeCommand(), "--adapter", adapter.toString(), "--base", base.toString(), "--output", output.toString());
        Path rows = folder.resolve("rows.jsonl");
        Files.writeString(rows, "{\"id\": 1, \"prompt\": \"Which?\", \"continuation\": \"This one.\"}\n");
        List<JsonLines.Row> merged = score(output, rows);
        assertEquals(merged.get(0).json(), score(adapter, rows).get(0).json());
        assertTrue(!merged.get(0).json().equals(score(base, rows).get(0).json()), "the adapter changes something");
    }

    private List<JsonLines.Row> score(Path model, Path rows) {
        Path scores = folder.resolve("scores-" + model.getFileName() + ".jsonl");
        CommandRun run = CommandRun.of(
                new ScoreCommand(), "--model", model.toString(), "--input", rows.toString(), "--output", scores.toString());
        assertEquals(0, run.exitCode(), run.err());
        return JsonLines.readAll(scores.toString());
    }

    @Test
    void inspectShowsTheAdapter() {
        CommandRun run = CommandRun.of(new InspectCommand(), adapter.toString());
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("target_modules"), run.out());
    }

    @Test
    void anotherModelsAdapterIsRefused() {
        Path other = folder.resolve("other");
        Qwen2Config wide = new Qwen2Config(48, 2, 4, 2, 80, 300, 64, 10000, 1e-6, true, Map.of());
        adapter(other, wide, 4);
        CommandRun run = CommandRun.of(
                new MergeCommand(), "--adapter", other.toString(), "--base", base.toString(), "--output", folder.resolve("merged").toString());
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("o_proj.lora_A.weight has the shape [4, 48], must be [4, "), run.err());
    }

    @Test
    void aCheckpointIsNoAdapter() {
        CommandRun run = CommandRun.of(new MergeCommand(), "--adapter", base.toString(), "--output", folder.resolve("merged").toString());
        assertEquals(2, run.exitCode());
        assertEquals("thinkj: --adapter: " + base + ", must be an adapter's folder; it is a checkpoint that needs no base", run.err().strip());
    }
}
