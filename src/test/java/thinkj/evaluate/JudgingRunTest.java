package thinkj.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.UserError;

class JudgingRunTest {
    private static final List<int[]> PROMPTS = IntStream.range(0, 10).mapToObj(i -> new int[] {'a' + i}).toList();
    private static final List<String> NAMES = IntStream.range(0, 10).mapToObj(i -> "q" + i).toList();

    @TempDir
    Path folder;

    @Test
    void aStoppedRunAsksOnlyWhatIsLeft() throws IOException {
        FakeRespondent killed = new FakeRespondent(String::toUpperCase, 100, 4);
        assertThrows(FakeRespondent.Killed.class, () -> open("x").answers(PROMPTS, killed, "test"));
        // The process died while it wrote a line.
        Files.writeString(files().journal(), "{\"position\":0,\"text\":\"to", StandardOpenOption.APPEND);

        FakeRespondent again = new FakeRespondent(String::toUpperCase);
        JudgingRun run = open("x");
        List<Answer> answers = run.answers(PROMPTS, again, "test");
        run.finish(NAMES);

        assertEquals(6, again.asked);
        assertEquals(List.of("A", "B", "C", "D", "E", "F", "G", "H", "I", "J"), answers.stream().map(Answer::text).toList());
        assertTrue(open("x").finished());
        assertFalse(Files.exists(files().journal()));
        List<String> timings = Files.readAllLines(files().timings());
        assertEquals("{\"name\":\"q0\",\"seconds\":1.5}", timings.get(0));
        assertEquals("{\"name\":\"q9\",\"seconds\":0.25}", timings.get(9));
    }

    @Test
    void theManifestOfAStoppedRunIsThatOfAnUninterruptedOne() throws IOException {
        FakeRespondent killed = new FakeRespondent(String::toUpperCase, 100, 4);
        assertThrows(FakeRespondent.Killed.class, () -> open("x").answers(PROMPTS, killed, "test"));
        finish(open("x"));
        byte[] stopped = Files.readAllBytes(files().manifest());
        Files.delete(files().manifest());
        Files.delete(files().timings());
        finish(open("x"));
        assertArrayEquals(stopped, Files.readAllBytes(files().manifest()));
    }

    @Test
    void aRunWithOtherSettingsIsRefused() {
        FakeRespondent killed = new FakeRespondent(String::toUpperCase, 100, 1);
        assertThrows(FakeRespondent.Killed.class, () -> open("strength").answers(PROMPTS, killed, "test"));
        assertEquals(files().manifest() + ": belongs to a different run: prompt is \"strength\" there and \"cot\" here; "
                + "choose another output, or delete that run's files to start again", refusal(() -> open("cot")));
    }

    @Test
    void aRunWithoutAnyAnswerMakesRoomForAnother() throws IOException {
        open("strength");
        finish(open("cot"));
        assertTrue(Files.readString(files().manifest()).contains("\"cot\""));
    }

    @Test
    void filesOfUnknownOriginAreNotOverwritten() throws IOException {
        Path output = files().outputs().get(0);
        Files.writeString(output, "precious");
        assertEquals(output + ": is there already and belongs to no run that could be continued (there is no run.json); "
                + "choose another output, or delete the file", refusal(() -> open("x")));
        assertEquals("precious", Files.readString(output));
    }

    @Test
    void aJournalThatIsNoneIsRefused() throws IOException {
        open("x");
        Files.writeString(files().journal(), "{\"position\":10,\"text\":\"t\",\"tokens\":1,\"finishReason\":\"stop\",\"seconds\":1}\n");
        assertEquals(files().journal() + ":1: is no answer of this run; delete " + files().journal() + " to start again",
                refusal(() -> open("x").answers(PROMPTS, new FakeRespondent(String::toUpperCase), "test")));
    }

    @Test
    void anUnwritableFolderIsRefusedAtOnce() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Path below = file.resolve("out");
        assertEquals(below + ": cannot be written, a file stands where a folder is needed; choose another path",
                refusal(() -> JudgingRun.open(RunFiles.in(below, List.of()), Map.of())));
    }

    private static String refusal(Executable action) {
        return assertThrows(UserError.class, action).getMessage();
    }

    private RunFiles files() {
        return RunFiles.in(folder, List.of("result.json"));
    }

    private JudgingRun open(String prompt) {
        return JudgingRun.open(files(), Map.of("prompt", prompt));
    }

    private static void finish(JudgingRun run) {
        run.answers(PROMPTS, new FakeRespondent(String::toUpperCase), "test");
        run.finish(NAMES);
    }
}
