package thinkj.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import thinkj.io.UserError;

class PromptsTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void builtInPromptsHoldWhatTheyAreGiven(PromptKind kind) {
        String judge = Prompts.builtIn().judge(kind, "the question", "the first", "the second");
        assertTrue(judge.contains("the question"));
        assertTrue(judge.contains("the first"));
        assertEquals(kind != PromptKind.SCORE_SINGLE, judge.contains("the second"));
        String critic = Prompts.builtIn().critic(kind, "the question", "the first", "the second", 2, -3);
        assertTrue(critic.contains(kind == PromptKind.SCORE_SINGLE ? "worse" : "(b) is better"));
        assertFalse(judge.endsWith("\n"));
    }

    @Test
    void builtInStrengthCriticStatesTheStrengthWithoutItsSign() {
        String critic = Prompts.builtIn().critic(PromptKind.STRENGTH, "q", "r", "s", 1, -3);
        assertTrue(critic.contains("the strength is [[3]]"));
    }

    @Test
    void bracesInTheDataStayAsTheyAre() {
        String judge = Prompts.builtIn().judge(PromptKind.COT, "{response1} $1 \\", "{instruction}", "{x}");
        assertTrue(judge.contains("{response1} $1 \\"));
        assertTrue(judge.contains("{instruction}"));
    }

    @Test
    void aFolderReplacesWhatItHolds() throws IOException {
        Files.writeString(folder.resolve("direct-judge.txt"), "{instruction}|{response1}|{response2}\n");
        Prompts prompts = Prompts.from(folder);
        assertEquals("q|r|s", prompts.judge(PromptKind.DIRECT, "q", "r", "s"));
        assertEquals(Prompts.builtIn().judge(PromptKind.COT, "q", "r", "s"), prompts.judge(PromptKind.COT, "q", "r", "s"));
    }

    @Test
    void everyWrongPlaceIsReportedAtOnce() throws IOException {
        Files.writeString(folder.resolve("cot-judge.txt"), "{instruction} {response1} {respone2}");
        Files.writeString(folder.resolve("cot-critic.txt"), "{instruction} {response1} {response2}");
        UserError error = assertThrows(UserError.class, () -> Prompts.from(folder));
        assertEquals("prompts that cannot be used:\n  " + folder + "/cot-judge.txt: {respone2} is not a place of this prompt; "
                + "it has {instruction}, {response1}, {response2}\n  " + folder + "/cot-judge.txt: {response2} is missing\n  "
                + folder + "/cot-critic.txt: {better} is missing", error.getMessage());
    }

    @Test
    void aMisspeltFileIsNotPassedOver() throws IOException {
        Files.writeString(folder.resolve("strenght-judge.txt"), "{instruction}");
        UserError error = assertThrows(UserError.class, () -> Prompts.from(folder));
        assertTrue(error.getMessage().startsWith("prompts: " + folder + " holds strenght-judge.txt, which no prompt is called"));
    }

    @Test
    void aCriticThatStatesTheStrengthNeedsOne() {
        UserError error = assertThrows(UserError.class, () -> Prompts.builtIn().critic(PromptKind.STRENGTH, "q", "r", "s", 1, 0));
        assertEquals("prompt strength-critic.txt states the strength, which this row does not give; use data with strengths, "
                + "or the prompt cot", error.getMessage());
    }

    @Test
    void responsesAreFoundAgainInWhatEveryPromptAsks() {
        Prompts prompts = Prompts.builtIn();
        String first = "One.\n\n[Question] {response2}";
        String second = "\nTwo\n";
        for (PromptKind kind : PromptKind.values()) {
            for (String asked : List.of(
                    prompts.judge(kind, "Which?\n", first, second), prompts.critic(kind, "Which?\n", first, second, 2, 3))) {
                List<String> found = prompts.responses(asked).stream().map(span -> asked.substring(span[0], span[1])).toList();
                assertEquals(kind == PromptKind.SCORE_SINGLE ? List.of(first) : List.of(first, second), found, kind + ": " + asked);
            }
        }
        assertEquals(List.of(), prompts.responses("Which is the longest river?"));
        assertEquals(List.of(), prompts.responses(""));
    }
}
