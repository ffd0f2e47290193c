package thinkj.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.UserError;
import thinkj.tokenizer.Message;

class InputRowsTest {
    private static final PromptRules RULES = new PromptRules(257, 6);

    @TempDir
    private Path folder;

    @Test
    void promptsComeAsTextMessagesOrIds() {
        List<InputRows.Prompt> rows = withText().prompts(file(
                "{\"id\": \"a\", \"prompt\": \"xy\"}",
                "{\"id\": 7, \"messages\": [{\"role\": \"user\", \"content\": \"h\"}]}",
                "{\"id\": \"c\", \"ids\": [256, 0]}"));
        assertEquals("a", rows.get(0).id().asText());
        assertArrayEquals(new int[] {'x', 'y'}, rows.get(0).ids());
        assertEquals("7", rows.get(1).id().toString());
        assertArrayEquals(new int[] {'u', ':', 'h'}, rows.get(1).ids());
        assertArrayEquals(new int[] {256, 0}, rows.get(2).ids());
    }

    @Test
    void continuationsComeAsTextOrIds() {
        List<InputRows.Continuation> rows = withText().continuations(file(
                "{\"id\": 1, \"prompt\": \"x\", \"continuation_ids\": [5, 6]}", "{\"id\": 2, \"ids\": [1], \"continuation\": \"ab\"}"));
        assertArrayEquals(new int[] {'x'}, rows.get(0).request().promptIds());
        assertArrayEquals(new int[] {5, 6}, rows.get(0).request().continuationIds());
        assertArrayEquals(new int[] {'a', 'b'}, rows.get(1).request().continuationIds());
    }

    @Test
    void everyBadPromptIsToldWithItsLine() {
        String file = file(
                "{\"id\": 1, \"promt\": \"x\", \"ids\": [1]}",
                "{\"id\": 1, \"prompt\": \"x\", \"ids\": [1]}",
                "{\"id\": 1}",
                "",
                "{\"ids\": [1]}",
                "{\"id\": [1], \"ids\": [1]}",
                "{\"id\": 1, \"ids\": [1, 2.5]}",
                "{\"id\": 1, \"ids\": 3}",
                "{\"id\": 1, \"ids\": [1, 300]}",
                "{\"id\": 1, \"prompt\": \"\"}",
                "{\"id\": 1, \"prompt\": \"toolong\"}",
                "{\"id\": 1, \"messages\": [{\"role\": \"user\"}]}",
                "{\"id\": 1, \"messages\": []}");
        UserError error = assertThrows(UserError.class, () -> withText().prompts(file));
        assertEquals(
                String.join(
                                "\n",
                                "F:1: promt: unknown field, a row has id, prompt, messages, ids",
                                "F:2: prompt and ids given, exactly one of prompt, messages, ids is needed",
                                "F:3: none given, exactly one of prompt, messages, ids is needed",
                                "F:5: id: missing, every row must have it",
                                "F:6: id: [1], must be a text or a number",
                                "F:7: ids: 2.5 at position 1, must be a whole number",
                                "F:8: ids: 3, must be a list of whole numbers",
                                "F:9: id 300 at position 1 is not in the vocabulary, ids are 0 to 256",
                                "F:10: the prompt is empty, it must have at least one token",
                                "F:11: the prompt has 7 tokens, the model's context (max_position_embeddings) is 6 and at least one "
                                        + "must be left to generate: shorten the prompt",
                                "F:12: messages: {\"role\":\"user\"}, must have role and content, both texts, and nothing else",
                                "F:13: messages: must be a list of at least one {role, content}")
                        .replace("F:", file + ":"),
                error.getMessage());
    }

    @Test
    void everyBadContinuationIsToldWithItsLine() {
        String file = file(
                "{\"id\": 1, \"ids\": [1], \"continuation_ids\": []}",
                "{\"id\": 1, \"ids\": [1]}",
                "{\"id\": 1, \"ids\": [1, 2, 3], \"continuation_ids\": [1, 2, 3, 4]}");
        UserError error = assertThrows(UserError.class, () -> withText().continuations(file));
        assertEquals(
                String.join(
                                "\n",
                                "F:1: the continuation is empty, it must have at least one token",
                                "F:2: none given, exactly one of continuation_ids, continuation is needed",
                                "F:3: prompt and continuation have 3 + 4 tokens, the model's context (max_position_embeddings) is 6: "
                                        + "shorten them")
                        .replace("F:", file + ":"),
                error.getMessage());
    }

    @Test
    void textNeedsATokenizerAndMessagesATemplate() {
        String text = file("{\"id\": 1, \"prompt\": \"x\"}");
        assertEquals(
                text + ":1: prompt: text needs a tokenizer, the checkpoint has no tokenizer files: give ids",
                assertThrows(UserError.class, () -> new InputRows(RULES, null, null).prompts(text)).getMessage());
        String messages = file("{\"id\": 1, \"messages\": [{\"role\": \"user\", \"content\": \"h\"}]}");
        assertEquals(
                messages + ":1: messages: the checkpoint's tokenizer files have no chat template: give prompt or ids",
                assertThrows(UserError.class, () -> new InputRows(RULES, new ByteTokenizer(), null).prompts(messages)).getMessage());
    }

    @Test
    void manyProblemsAreCounted() {
        String file = file("{\"id\": 1}\n".repeat(50));
        String message = assertThrows(UserError.class, () -> withText().prompts(file)).getMessage();
        assertEquals(21, message.lines().count());
        assertEquals("and 30 more", message.lines().skip(20).findFirst().orElseThrow());
    }

    @Test
    void anEmptyFileIsRefused() {
        String file = file("");
        assertEquals(
                file + ": has no rows, at least one is expected",
                assertThrows(UserError.class, () -> withText().prompts(file)).getMessage());
    }

    private static InputRows withText() {
        return new InputRows(RULES, new ByteTokenizer(), InputRowsTest::render);
    }

    private static String render(List<Message> messages) {
        return messages.stream().map(message -> message.role().charAt(0) + ":" + message.content()).collect(Collectors.joining(";"));
    }

    private String file(String... lines) {
        try {
            Path file = Files.createTempFile(folder, "rows", ".jsonl");
            return Files.writeString(file, String.join("\n", lines)).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
