package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import thinkj.Golden;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.Qwen2Config;
import thinkj.io.JsonLines;
import thinkj.kernels.Precision;
import thinkj.model.PagedModel;

/** {@code thinkj generate} and {@code thinkj score} on the fixtures' checkpoint. */
class GenerateCommandTest {
    private static final String IDS = "{\"id\": \"a\", \"ids\": [5, 6, 7]}";

    @TempDir
    private Path folder;

    private final StringBuilder err = new StringBuilder();

    @Test
    void greedyIdsAreTheOriginalsAndScoringAgrees() throws IOException {
        JsonNode golden = Golden.json(TinyCheckpoint.NAME + "/golden.json").get("generation");
        JsonNode plain = golden.get("cases").get("plain");
        List<String> prompts = new ArrayList<>();
        golden.get("prompts").forEach(ids -> prompts.add("{\"id\": " + prompts.size() + ", \"ids\": " + ids + "}"));
        String most = plain.get("generate_kwargs").get("max_new_tokens").asText();
        List<JsonLines.Row> rows = generated(
                TinyCheckpoint.folder(), prompts, "--greedy", "--repetition-penalty=1", "--ignore-eos", "--max-new-tokens", most);
        List<String> scored = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            JsonNode row = rows.get(i).json();
            assertEquals(List.of("id", "ids", "text", "finish_reason", "logprobs"), names(row));
            assertEquals(i, row.get("id").asInt());
            assertEquals(plain.get("new_tokens").get(i), row.get("ids"));
            assertTrue(row.get("text").isNull());
            assertEquals("length", row.get("finish_reason").asText());
            String prompt = golden.get("prompts").get(i).toString();
            scored.add("{\"id\": " + i + ", \"ids\": " + prompt + ", \"continuation_ids\": " + row.get("ids") + "}");
        }
        List<JsonLines.Row> scores = run(new ScoreCommand(), TinyCheckpoint.folder(), scored);
        for (int i = 0; i < prompts.size(); i++) {
            JsonNode row = scores.get(i).json();
            assertEquals(List.of("id", "logprobs", "sum"), names(row));
            double[] expected = Golden.doubles(plain.get("token_logps_raw").get(i));
            // the fixtures' own limit for log-probabilities
            assertArrayEquals(expected, Golden.doubles(row.get("logprobs")), 5e-5);
            assertEquals(Arrays.stream(expected).sum(), row.get("sum").asDouble(), 5e-5 * expected.length);
        }
    }

    @Test
    void samplesDoNotHangOnTheBatch() throws IOException {
        List<String> prompts = List.of(IDS, "{\"id\": 2, \"ids\": [9]}", "{\"id\": 3, \"ids\": [1, 2, 3, 4, 5, 6, 7, 8]}");
        String[] sampling = {"--temperature=1.2", "--top-k=50", "--top-p=0.9", "--seed=7", "--max-new-tokens=20", "--batch"};
        List<JsonLines.Row> alone = generated(TinyCheckpoint.folder(), prompts, with(sampling, "1"));
        List<JsonLines.Row> together = generated(TinyCheckpoint.folder(), prompts, with(sampling, "3"));
        for (int i = 0; i < prompts.size(); i++) {
            assertEquals(alone.get(i).json().get("ids"), together.get(i).json().get("ids"));
        }
        String told = "sampling: temperature 1.2, top-k 50, top-p 0.9, seed 7, repetition penalty ";
        assertTrue(err.toString().contains(told), err.toString());
    }

    @Test
    void textGoesInAndOutWhereThereIsATokenizer() throws IOException {
        Path model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        List<String> prompts = List.of(
                "{\"id\": 1, \"prompt\": \"<|im_start|>user\\nhé<|im_end|>\\n<|im_start|>assistant\\n\"}",
                "{\"id\": 2, \"messages\": [{\"role\": \"user\", \"content\": \"hé\"}]}");
        List<JsonLines.Row> rows = generated(model, prompts, "--greedy", "--max-new-tokens=12");
        assertEquals(rows.get(0).json().get("ids"), rows.get(1).json().get("ids"));
        assertTrue(rows.get(0).json().get("text").isTextual());
    }

    @Test
    void aRowThatTheCacheIsTooSmallForHasItsErrorAndTheOthersTheirText() throws IOException {
        Qwen2Config config = HfCheckpoint.open(TinyCheckpoint.folder()).config();
        long twoBlocks = 2 * PagedModel.blockBytes(config, Precision.FP32);
        String longIds = IntStream.range(0, 60).mapToObj(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
        List<String> rows = List.of(IDS, "{\"id\": \"long\", \"ids\": " + longIds + "}", "{\"id\": \"b\", \"ids\": [9]}");
        String[] options = {"--batch=1", "--max-new-tokens=20", "--seed=7"};
        List<JsonLines.Row> roomy = generated(TinyCheckpoint.folder(), rows, options);
        Path output = folder.resolve("tight.jsonl");
        CommandRun tight = execute(new GenerateCommand(), TinyCheckpoint.folder(), rows, output, with(options, "--cache-memory=" + (twoBlocks / 1000 + 1) + "KB"));
        assertEquals(2, tight.exitCode());
        String problem = "the KV cache of one sequence of up to 79 tokens (60 of the prompt, the rest new) takes ";
        assertTrue(tight.err().contains(
                "thinkj: " + output + ": 1 of 3 rows could not be continued and have their errors, the first is \"long\": " + problem), tight.err());
        List<JsonLines.Row> told = JsonLines.readAll(output.toString());
        assertEquals("error", told.get(1).json().get("finish_reason").asText());
        assertTrue(told.get(1).json().get("error").asText().startsWith(problem));
        for (int i : new int[] {0, 2}) {
            assertEquals(roomy.get(i).json(), told.get(i).json());
        }
    }

    @Test
    void contradictionsAndBadValuesAreTold() throws IOException {
        assertRefused(
                "--greedy contradicts --temperature, --top-p: greedy decoding draws nothing; leave one out",
                IDS,
                "--greedy",
                "--temperature=1",
                "--top-p=0.5");
        assertRefused("sampling options: temperature: 0.0, must be above 0 (for the likeliest token use greedy)", IDS, "--temperature=0");
        int vocabulary = HfCheckpoint.open(TinyCheckpoint.folder()).config().vocabSize();
        assertRefused(
                "--stop-ids: " + vocabulary + " is not in the vocabulary, ids are 0 to " + (vocabulary - 1),
                IDS,
                "--stop-ids=3," + vocabulary);
        assertRefused("--batch: 0, must be at least 1", IDS, "--batch=0");
        assertRefused("stop strings need the checkpoint's tokenizer files, there are none: use stop ids", IDS, "--stop=x");
        assertRefused(
                folder.resolve("in.jsonl") + ":1: prompt: text needs a tokenizer, the checkpoint has no tokenizer files: give ids",
                "{\"id\": 1, \"prompt\": \"x\"}");
    }

    @Test
    void allCommandsAreKnown() {
        assertTrue(new CommandLine(new Main()).getSubcommands().keySet().containsAll(List.of("generate", "score", "chat")));
    }

    private void assertRefused(String message, String row, String... options) throws IOException {
        Path output = folder.resolve("out.jsonl");
        CommandRun run = execute(new GenerateCommand(), TinyCheckpoint.folder(), List.of(row), output, options);
        assertEquals(2, run.exitCode());
        assertTrue(run.err().endsWith("thinkj: " + message + "\n"), run.err());
        assertFalse(Files.exists(output));
    }

    private List<JsonLines.Row> generated(Path model, List<String> rows, String... options) throws IOException {
        return run(new GenerateCommand(), model, rows, options);
    }

    private List<JsonLines.Row> run(Object command, Path model, List<String> rows, String... options) throws IOException {
        Path output = folder.resolve("out.jsonl");
        CommandRun run = execute(command, model, rows, output, options);
        assertEquals(0, run.exitCode(), run.err());
        err.append(run.err());
        return JsonLines.readAll(output.toString());
    }

    private CommandRun execute(Object command, Path model, List<String> rows, Path output, String... options) throws IOException {
        Path input = Files.write(folder.resolve("in.jsonl"), rows);
        String[] files = {"--model=" + model, "--input=" + input, "--output=" + output};
        return CommandRun.of(command, with(files, options));
    }

    private static String[] with(String[] some, String... more) {
        String[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    private static List<String> names(JsonNode row) {
        List<String> names = new ArrayList<>();
        row.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
