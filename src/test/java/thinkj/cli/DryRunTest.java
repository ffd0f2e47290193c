package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.data.ExampleFiles;
import thinkj.data.GrpoRow;
import thinkj.data.PreferencePair;
import thinkj.data.SftExample;
import thinkj.io.JsonLines;
import thinkj.tokenizer.Message;

/** {@code --dry-run} of the three trainers. */
class DryRunTest {
    private static final String CONFIGS = "configs/qwen2.5-0.5b/";

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void checkpoint() throws IOException {
        model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
    }

    private CommandRun run(Callable<Integer> command, String config, String data, String... more) {
        return CommandRun.of(command, Stream.concat(
                Stream.of("--config", CONFIGS + config, "model=" + model, "data=[" + folder.resolve(data) + "]", "output=" + folder.resolve("run"),
                        "precision=fp32"),
                Stream.of(more)).toArray(String[]::new));
    }

    private Map<String, String> tree() throws IOException {
        Map<String, String> tree = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                tree.put(file.toString(), Files.isDirectory(file) ? "" : Files.size(file) + " " + Files.getLastModifiedTime(file));
            }
        }
        return tree;
    }

    private static void assertSections(CommandRun done, String... texts) {
        assertEquals(0, done.exitCode(), done.err());
        int at = 0;
        for (String text : texts) {
            int next = done.out().indexOf(text, at);
            assertTrue(next >= 0, text + " is missing or out of order in\n" + done.out());
            at = next;
        }
    }

    private void sftData() {
        ExampleFiles.writeSft(folder.resolve("data.jsonl").toString(), List.of(
                new SftExample("", "2 or 3?", "", "3"), new SftExample("", "5 or 4?", "", "5"),
                new SftExample("", "Which is larger?" + " 7".repeat(300), "", "9")));
    }

    @Test
    void sftTellsAllAndWritesNothing() throws IOException {
        sftData();
        Map<String, String> before = tree();
        CommandRun done = run(new SftCommand(), "sft-judge.yaml", "data.jsonl", "--dry-run", "cutoff_len=128", "truncation=drop", "epochs=2");
        assertSections(done,
                "settings\n  model: " + model, "  cutoff_len: 128\n",
                "rows\n", "3 rows, 2 kept (0 of them cut), 1 dropped as too long",
                "lengths: ", "█",
                "example\n  ── ", "user\n  2 or 3?", "⟦3<|im_end|>\n  ⟧",
                "plan\n  data               2 sequences, ", "a step             2 sequences in 1 micro-batch;", "1 an epoch, 2 in all (2.00 epochs)",
                "memory\n  weights", "AdamW state", "outside the heap", "Java", "in all",
                "time, ", "a pass", "learning", "updates            2 of ", "in all             about ",
                "A dry run: nothing was written.");
        assertEquals(before, tree());
    }

    /** The run takes the steps and the tokens that the dry run counted, and may be asked about again when it is done. */
    @Test
    void theRunDoesWhatWasSaid() throws IOException {
        sftData();
        String[] settings = {"cutoff_len=128", "truncation=drop", "epochs=2"};
        assertEquals(0, run(new SftCommand(), "sft-judge.yaml", "data.jsonl", settings).exitCode());
        long tokens = 0;
        List<JsonLines.Row> lines = JsonLines.readAll(folder.resolve("run/metrics.jsonl").toString());
        for (JsonLines.Row line : lines) {
            tokens += line.json().get("tokens").asLong();
        }
        assertEquals(2, lines.size());
        Map<String, String> before = tree();
        CommandRun again = run(new SftCommand(), "sft-judge.yaml", "data.jsonl", Stream.concat(Stream.of("--dry-run"), Stream.of(settings)).toArray(String[]::new));
        assertSections(again, "1 an epoch, 2 in all", "learning           " + tokens + " tokens at ");
        assertEquals(before, tree());
    }

    @Test
    void dpoTellsAllAndWritesNothing() throws IOException {
        ExampleFiles.writePairs(folder.resolve("pairs.jsonl").toString(), List.of(
                new PreferencePair("", "q", "a", "b"), new PreferencePair("", "p", "a", "b")));
        Map<String, String> before = tree();
        CommandRun done = run(new DpoCommand(), "dpo.yaml", "pairs.jsonl", "--dry-run");
        assertSections(done, "settings", "rows", "2 rows, 2 kept", "lengths: ", "── chosen: ", "⟦a<|im_end|>", "── rejected: ", "⟦b<|im_end|>",
                "2 pairs, ", "1 an epoch, 2 in all", "memory", "time, ", "updates            2 of ", "reference ", "A dry run");
        assertEquals(before, tree());
    }

    @Test
    void grpoTellsAllAndWritesNothing() throws IOException {
        ExampleFiles.writeGrpo(folder.resolve("rows.parquet").toString(), IntStream.range(0, 5)
                .mapToObj(i -> new GrpoRow("s", List.of(new Message("user", "q" + i + (i == 4 ? "long".repeat(60) : ""))), "judge", "rule", "2", "train", i))
                .toList());
        Map<String, String> before = tree();
        CommandRun done = run(new GrpoCommand(), "grpo.yaml", "rows.parquet", "--dry-run", "epochs=3", "batch.train_batch_size=2", "batch.mini_batch_size=1",
                "rollout.max_prompt_length=60", "rollout.max_response_length=6", "rollout.overlong_buffer_len=1", "rollout.precision=fp32");
        assertSections(done, "settings", "rows", "5 rows, 4 kept, 1 dropped as longer than rollout.max_prompt_length, which is 60 tokens", "lengths: ",
                "── prompt: ", "compares with 2\n", "user\n  q0", "2 prompts x 8 answers = 16 sequences", "8 sequences = 1 micro-batches of 8",
                "2 an epoch (0 prompts left out of each), 6 in all = 12 optimiser steps", "memory", "weights of the start model", "KV cache",
                "time, ", "answers of at most 6 tokens", "scoring", "learning", "updates            12 of ", "memory meanwhile", "that are planned",
                "an answer\n  ── ", " are sampled and learnt", "user\n  q", "⟦", "⟧", "A dry run");
        assertEquals(before, tree());
    }

    @Test
    void whatARunWouldRefuseIsRefused() throws IOException {
        sftData();
        Map<String, String> before = tree();
        CommandRun done = run(new SftCommand(), "sft-judge.yaml", "none.jsonl", "--dry-run");
        assertEquals(2, done.exitCode());
        assertTrue(done.err().contains(folder.resolve("none.jsonl") + ": no such file"), done.err());
        CommandRun context = run(new SftCommand(), "sft-judge.yaml", "data.jsonl", "--dry-run", "cutoff_len=999999");
        assertEquals(2, context.exitCode());
        assertTrue(context.err().contains("cutoff_len: 999999, must be at most "), context.err());
        assertEquals(before, tree());
    }
}
