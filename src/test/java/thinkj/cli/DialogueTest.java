package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.generate.Generator;
import thinkj.generate.PromptRules;
import thinkj.generate.SamplingOptions;
import thinkj.generate.ModelFiles;
import thinkj.model.Qwen2Model;

class DialogueTest {
    private static final SamplingOptions GREEDY = new SamplingOptions(true, 1, 0, 1, 1, 0, 6, Set.of(), List.of());

    @TempDir
    private Path folder;

    @Test
    void answersSeeTheDialogueUntilItIsReset() throws IOException {
        assertEquals(answers("hello", "again").get(0), answers("hello").get(0));
        assertEquals(answers("hello", "/reset", "again").get(1), answers("again").get(0));
        assertNotEquals(answers("hello", "again").get(1), answers("again").get(0));
    }

    @Test
    void exitAndTheInputsEndEndIt() throws IOException {
        assertEquals(1, answers("hello", "", "/exit", "never asked").size());
        assertEquals(0, answers().size());
    }

    @Test
    void aLineTypedDuringAnAnswerStopsIt() throws IOException {
        String whole = answers("hello").get(0);
        // Behind the question the reader has a line at once: the answer ends with its first token.
        List<String> stopped = answers(new StringWriter(), Integer.MAX_VALUE, true, "hello", "", "hello");
        assertTrue(stopped.get(0).length() < whole.length() && whole.startsWith(stopped.get(0)), whole + " / " + stopped);
        assertEquals(2, stopped.size());
    }

    @Test
    void aDialogueThatBecomesTooLongIsToldAndGoesOn() throws IOException {
        StringWriter err = new StringWriter();
        List<String> answers = answers(err, 60, "x".repeat(100), "hello");
        assertEquals(answers("hello"), answers);
        assertTrue(err.toString().contains("the model's context (max_position_embeddings) is 60"), err.toString());
        assertTrue(err.toString().contains("or start again with /reset"), err.toString());
    }

    private List<String> answers(String... lines) throws IOException {
        return answers(new StringWriter(), Integer.MAX_VALUE, lines);
    }

    private List<String> answers(StringWriter err, int context, String... lines) throws IOException {
        return answers(err, context, false, lines);
    }

    private List<String> answers(StringWriter err, int context, boolean typed, String... lines) throws IOException {
        Path model = folder.resolve("model");
        if (!model.toFile().exists()) {
            TinyCheckpoint.withTokenizer(model);
        }
        StringWriter out = new StringWriter();
        try (ModelFiles files = ModelFiles.open(model);
                Qwen2Model weights = files.load()) {
            PromptRules rules = new PromptRules(files.config().vocabSize(), context);
            Dialogue.Words words = new Dialogue.Words(files.tokenizer(), files.template(), rules);
            Dialogue dialogue = new Dialogue(new Generator(weights, files.tokenizer(), 1), GREEDY, words, null);
            dialogue.run(new BufferedReader(new StringReader(String.join("\n", lines))), typed, new PrintWriter(out), new PrintWriter(err));
        }
        return out.toString().isEmpty() ? List.of() : List.of(out.toString().split(System.lineSeparator()));
    }
}
