package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.Golden;
import thinkj.RealData;
import thinkj.evaluate.RewardBench;
import thinkj.io.Json;

/** The command as a user runs it, on checkpoints with random weights; a run is killed as a process is. */
class EvalCommandTest {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final List<String> RESULTS = List.of("judgements.jsonl", "result.json", "official.json", "run.json");

    @TempDir
    Path folder;

    @Test
    void aKilledEvaluationEndsWithTheSameFiles() throws Exception {
        Path tiny = TinyCheckpoint.withTokenizer(folder.resolve("tiny"));
        randomCheckpoint(tiny, tiny.resolve("config.json"));
        assertKilledRunEndsTheSame(Golden.path("rewardbench"), 1, 10, "--max-new-tokens", "6", "--max-length", "4000", "--batch", "3");
    }

    @Test
    @Tag("slow")
    void aKilledEvaluationOnTheRealBenchmarkEndsWithTheSameFiles() throws Exception {
        Path real = RealData.folder("qwen2.5");
        randomCheckpoint(real, real.resolve("config-0.5B-instruct.json"));
        assertKilledRunEndsTheSame(RealData.folder("rewardbench"), 2, 30, "--max-new-tokens", "8", "--batch", "4");
    }

    @Test
    void aPromptLongerThanTheContextIsRefusedBeforeAnythingIsAsked() throws Exception {
        TinyCheckpoint.withTokenizer(model());
        Path output = folder.resolve("out");
        CommandRun run = eval(Golden.path("rewardbench"), 1, output, "--max-new-tokens", "8", "--max-length", "100");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains(" prompts are longer than the 92 tokens that the context leaves beside the new tokens:"), run.err());
        assertFalse(Files.exists(output));

        run = eval(Golden.path("rewardbench"), 1, output, "--max-new-tokens", "100", "--max-length", "100");
        assertEquals(2, run.exitCode());
        int context = Json.read(model().resolve("config.json")).get("max_position_embeddings").asInt();
        assertEquals("thinkj: max-new-tokens: 100, leaves no room for a prompt in 100 tokens (max-length is 100, the model's "
                + "context is " + context + "); choose a smaller one\n", run.err());
    }

    @Test
    void aFolderThatHoldsADifferentRunIsLeftAlone() throws Exception {
        TinyCheckpoint.withTokenizer(model());
        Path input = folder.resolve("pairs.jsonl");
        Files.writeString(input, "{\"instruction\": \"1 + 1?\", \"response1\": \"2\", \"response2\": \"3\", \"better\": 1}\n");
        Path output = folder.resolve("out");
        List<String> options = List.of("--benchmark", "pairs", "--data", input.toString(), "--model", model().toString(), "--output",
                output.toString(), "--max-new-tokens", "4", "--max-length", "3000");
        CommandRun run = CommandRun.of(new EvalCommand(), with(options, "--json"));
        assertEquals(0, run.exitCode(), run.err());
        JsonNode result = Json.MAPPER.readTree(run.out());
        assertEquals(1, result.get("pairs").asInt());
        assertTrue(result.at("/statistics/All/failure_rate").isNumber());

        run = CommandRun.of(new EvalCommand(), with(options, "--parser", "original"));
        assertEquals(2, run.exitCode());
        assertEquals("thinkj: " + output.resolve("run.json") + ": belongs to a different run: parser is \"strict\" there "
                + "and \"original\" here; "
                + "choose another output, or delete that run's files to start again\n", run.err());
    }

    @Test
    void unknownBenchmarksAndBadNumbersAreTheUsers() {
        CommandRun run = CommandRun.of(new EvalCommand(), "--benchmark", "mmlu", "--data", "x", "--model", "y");
        assertEquals("thinkj: benchmark: mmlu, must be rewardbench or pairs\n", run.err());
        assertEquals(2, run.exitCode());
        run = CommandRun.of(new EvalCommand(), "--benchmark", "rewardbench", "--data", "x", "--model", "y", "--limit", "-1");
        assertEquals("thinkj: limit: -1, must be at least 1, or left out for all\n", run.err());
    }

    private void assertKilledRunEndsTheSame(Path data, int limit, int answersUntilKilled, String... options) throws Exception {
        CommandRun whole = eval(data, limit, folder.resolve("whole"), options);
        assertEquals(0, whole.exitCode(), whole.err());
        assertTrue(whole.out().contains("Chat Hard"), whole.out());

        killAfter(answersUntilKilled, arguments(data, limit, folder.resolve("killed"), options));
        assertFalse(Files.exists(folder.resolve("killed").resolve("result.json")));
        CommandRun again = eval(data, limit, folder.resolve("killed"), options);
        assertEquals(0, again.exitCode(), again.err());

        List<String> judgements = Files.readAllLines(folder.resolve("whole").resolve("judgements.jsonl"));
        assertEquals(2 * limit * RewardBench.subsets().size(), judgements.size());
        assertTrue(judgements.stream().map(line -> line.replaceFirst(".*\"text\":", "")).distinct().count() > judgements.size() / 4,
                "too many answers are alike to show anything");
        for (String file : RESULTS) {
            String expected = Files.readString(folder.resolve("whole").resolve(file));
            assertEquals(expected, Files.readString(folder.resolve("killed").resolve(file)), file);
        }
        assertEquals(files("whole"), files("killed"));
    }

    /** Runs the command in a process of its own and kills that as soon as so many answers are in. */
    private void killAfter(int answers, List<String> arguments) throws IOException, InterruptedException {
        Path journal = folder.resolve("killed").resolve("answers.partial.jsonl");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), EvalCommand.class.getName()));
        command.addAll(arguments);
        Path log = folder.resolve("process.log");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(journal) || Files.readAllLines(journal).size() < answers) {
            if (!process.isAlive() || System.nanoTime() > end) {
                process.destroyForcibly();
                throw new AssertionError("the process did not get to " + answers + " answers:\n" + Files.readString(log));
            }
            Thread.sleep(20);
        }
        process.destroyForcibly().waitFor();
    }

    private CommandRun eval(Path data, int limit, Path output, String... options) {
        return CommandRun.of(new EvalCommand(), arguments(data, limit, output, options).toArray(String[]::new));
    }

    private List<String> arguments(Path data, int limit, Path output, String... options) {
        return List.of(with(List.of("--benchmark", "rewardbench", "--data", data.toString(), "--model", model().toString(),
                "--limit", Integer.toString(limit), "--output", output.toString()), options));
    }

    private static String[] with(List<String> options, String... more) {
        return Stream.concat(options.stream(), Stream.of(more)).toArray(String[]::new);
    }

    private Path model() {
        return folder.resolve("model");
    }

    private List<String> files(String run) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve(run))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** A small Qwen2.5 with random weights, large ones: with the usual small ones every question gets the same answer. */
    private void randomCheckpoint(Path tokenizer, Path published) {
        ObjectNode config = (ObjectNode) Json.read(published);
        config.put("hidden_size", 64).put("intermediate_size", 128).put("num_hidden_layers", 2).put("num_attention_heads", 4);
        config.put("num_key_value_heads", 2).put("max_window_layers", 2).put("initializer_range", 0.3);
        Path file = folder.resolve("config.json");
        Json.write(file, config);
        CommandRun run = CommandRun.of(
                new InitCommand(), "--config", file.toString(), "--tokenizer", tokenizer.toString(), "--out", model().toString());
        assertEquals(0, run.exitCode(), run.err());
    }
}
