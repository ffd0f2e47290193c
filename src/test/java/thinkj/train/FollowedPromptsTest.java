package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ActivationCheckpointing;
import thinkj.config.FollowedSettings;
import thinkj.data.ExampleFiles;
import thinkj.data.GrpoRow;
import thinkj.data.PreferencePair;
import thinkj.data.SftExample;
import thinkj.io.UserError;
import thinkj.kernels.Precision;
import thinkj.model.MemoryNeeds;
import thinkj.runtime.Rematerialisation;
import thinkj.tokenizer.HfTokenizer;
import thinkj.tokenizer.Message;

/** Which prompts a run follows, and whether memory has room for their answers. */
class FollowedPromptsTest {
    private static final String HEAD = "<|im_start|>user\n";
    private static final String TAIL = "<|im_end|>\n<|im_start|>assistant\n";

    @TempDir
    Path folder;

    private Path model;
    private HfCheckpoint checkpoint;
    private HfTokenizer tokenizer;

    @BeforeEach
    void open() throws IOException {
        model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        checkpoint = HfCheckpoint.open(model);
        tokenizer = HfTokenizer.open(model);
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    private FollowedPrompts read(Optional<Path> file, Optional<List<Integer>> rows) {
        List<Followed> standard = List.of("a", "b", "c", "d").stream().map(text -> Followed.of(tokenizer.encode(text))).toList();
        return FollowedPrompts.read(
                new FollowedSettings(file, rows, 10, 16), model, checkpoint, tokenizer, new FollowedPrompts.Standard("eval_data", standard));
    }

    private List<String> texts(FollowedPrompts followed) {
        return followed.prompts().stream().map(prompt -> tokenizer.decode(prompt.ids(), false)).toList();
    }

    private String refusal(Optional<Path> file, Optional<List<Integer>> rows) {
        return assertThrows(UserError.class, () -> read(file, rows)).getMessage();
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("prompts.jsonl"), text);
    }

    @Test
    void withoutAFileTheFirstRowsOfWhatTheRunReadsOrThoseThatAreNamed() {
        assertEquals(List.of("a", "b", "c"), texts(read(Optional.empty(), Optional.empty())));
        assertEquals(List.of("d", "b"), texts(read(Optional.empty(), Optional.of(List.of(4, 2)))));
        assertEquals("  followed           rows 4, 2 of eval_data: answered before the first step, every 10 steps and after the last\n",
                read(Optional.empty(), Optional.of(List.of(4, 2))).plan());
        FollowedPrompts none = read(Optional.of(folder.resolve("missing")), Optional.of(List.of()));
        assertEquals("  followed           no prompt (followed_prompts.rows)\n", none.plan());
        assertEquals("followed_prompts.rows: 5, must be at most 4, the rows of eval_data", refusal(Optional.empty(), Optional.of(List.of(1, 5))));
    }

    @Test
    void aFileOfPromptsAsGenerateTakesThem() throws IOException {
        Path prompts = file("""
                {"id": 1, "prompt": "As it is"}
                {"id": 2, "messages": [{"role": "user", "content": "Größe?"}]}
                {"id": 3, "ids": [65, 66]}
                """);
        assertEquals(List.of("As it is", HEAD + "Größe?" + TAIL), texts(read(Optional.of(prompts), Optional.of(List.of(1, 2)))));
        assertEquals(3, read(Optional.of(prompts), Optional.empty()).prompts().size());
    }

    @Test
    void dataOfAnyTrainingWithTheAnswerThatItGives() {
        String sft = folder.resolve("sft.jsonl").toString();
        ExampleFiles.writeSft(sft, List.of(new SftExample("", "Which?", "2 or 3", "Three.")));
        Followed taught = read(Optional.of(Path.of(sft)), Optional.empty()).prompts().get(0);
        assertEquals(HEAD + "Which?\n2 or 3" + TAIL, tokenizer.decode(taught.ids(), false));
        assertEquals(Optional.of("Three."), taught.taught());
        String pairs = folder.resolve("pairs.jsonl").toString();
        ExampleFiles.writePairs(pairs, List.of(new PreferencePair("", "q", "good", "bad")));
        assertEquals(Optional.of("good"), read(Optional.of(Path.of(pairs)), Optional.empty()).prompts().get(0).taught());
        String grpo = folder.resolve("grpo.parquet").toString();
        ExampleFiles.writeGrpo(grpo, List.of(new GrpoRow("set", List.of(new Message("user", "judge")), "judge", "rule", "-2", "train", 7)));
        Followed paid = read(Optional.of(Path.of(grpo)), Optional.empty()).prompts().get(0);
        assertEquals(HEAD + "judge" + TAIL, tokenizer.decode(paid.ids(), false));
        assertEquals("-2", paid.paid().orElseThrow().groundTruth());
    }

    @Test
    void whatCannotBeAskedIsRefused() throws IOException {
        Path judge = file("{\"id\": \"x\", \"instruction\": \"q\", \"response1\": \"a\", \"response2\": \"b\", \"better\": 1}\n");
        assertEquals(judge + ":1: no prompt; a row has prompt, messages or ids as for thinkj generate, or is one of a training's data, which thinkj "
                + "prepare makes of judge input", refusal(Optional.of(judge), Optional.empty()));
        int context = checkpoint.config().maxPositionEmbeddings();
        String sft = folder.resolve("long.jsonl").toString();
        ExampleFiles.writeSft(sft, List.of(new SftExample("", "7".repeat(context), "", "x")));
        String message = refusal(Optional.of(Path.of(sft)), Optional.empty());
        assertTrue(message.startsWith("followed_prompts: row 1 of " + sft + ": the prompt has ") && message.contains("is " + context), message);
        assertEquals("rows: [0, 3], must be numbers from 1, the first row's, or null", settings(List.of(0, 3), 10, 16));
        assertEquals("rows: [3, 3], must name each row once", settings(List.of(3, 3), 10, 16));
        assertEquals("every_steps: -1, must be at least 0 (0: before the first step and after the last alone)\nmax_new_tokens: 0, must be at least 1",
                settings(List.of(), -1, 0));
    }

    private static String settings(List<Integer> rows, int everySteps, int maxNewTokens) {
        return assertThrows(IllegalArgumentException.class,
                () -> new FollowedSettings(Optional.empty(), Optional.of(rows), everySteps, maxNewTokens)).getMessage();
    }

    @Test
    void stepsAloneDecideWhen() {
        FollowedSettings every = new FollowedSettings(Optional.empty(), Optional.empty(), 4, 16);
        assertEquals(List.of(0, 4, 8, 9), IntStream.rangeClosed(0, 9).filter(step -> every.due(step, 9)).boxed().toList());
        FollowedSettings ends = new FollowedSettings(Optional.empty(), Optional.empty(), 0, 16);
        assertEquals(List.of(0, 9), IntStream.rangeClosed(0, 9).filter(step -> ends.due(step, 9)).boxed().toList());
    }

    @Test
    void whereMemoryHasNoRoomTheRunGoesWithoutAndSaysSo() {
        FollowedPrompts followed = read(Optional.empty(), Optional.empty());
        MemoryNeeds needs = new MemoryNeeds(checkpoint.config(), Precision.FP32, Rematerialisation.OFF);
        TrainingMemory run = TrainingMemory.of(checkpoint.config(), Precision.FP32, Optional.empty(), 64, 64, 1);
        long bytes = followed.beside(run, needs, Long.MAX_VALUE, ActivationCheckpointing.OFF).parts().get(FollowedPrompts.MEMORY);
        assertTrue(bytes > needs.samplingWeights());
        long without = run.parts().values().stream().mapToLong(Long::longValue).sum();
        for (long missing : List.of(0L, 1L)) {
            long limit = without + bytes - missing;
            TrainingMemory.Saving saving = followed.beside(run, needs, limit, ActivationCheckpointing.OFF)
                    .within(limit, ActivationCheckpointing.OFF, "activation_checkpointing", () -> "");
            assertEquals(missing == 0 ? 3 : 0, followed.within(saving).prompts().size());
            assertEquals(missing == 1, followed.plan(saving, needs).contains("no prompt: memory leaves no room for the "), followed.plan(saving, needs));
        }
        assertFalse(followed.plan().contains("no prompt"));
    }
}
