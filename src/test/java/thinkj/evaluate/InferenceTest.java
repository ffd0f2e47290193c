package thinkj.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.data.JudgeExample;
import thinkj.data.Judged;
import thinkj.evaluate.Inference.Role;
import thinkj.io.UserError;
import thinkj.judge.PairBuilder.Outcome;
import thinkj.judge.ParserMode;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;

class InferenceTest {
    private static final Wording WORDING = new Wording(Prompts.builtIn(), PromptKind.STRENGTH, ParserMode.STRICT);
    private static final List<JudgeExample> ROWS = List.of(
            new JudgeExample("one", "2 + 2?", "4", "5", 1, -3),
            new JudgeExample("two", "3 + 3?", "5", "6", 2, 1),
            new JudgeExample("three", "1 + 1?", "3", "2", 2, 2));

    @TempDir
    Path folder;

    @Test
    void aCriticIsToldTheVerdictAndItsStrength() {
        List<String> asked = new ArrayList<>();
        ask(Role.CRITIC_TOLD_RIGHT, asked);
        assertTrue(asked.get(0).contains("Response (a) is better, and the strength of the preference is 3"), asked.get(0));
        assertTrue(asked.get(1).contains("Response (b) is better, and the strength of the preference is 1"), asked.get(1));
        asked.clear();
        ask(Role.CRITIC_TOLD_WRONG, asked);
        assertTrue(asked.get(0).contains("Response (b) is better, and the strength of the preference is 3"), asked.get(0));
    }

    @Test
    void aStoppedRunWritesTheRowsInTheOrderOfTheInput() {
        Inference judge = new Inference(Role.JUDGE, WORDING, TooLong.ERROR);
        RunFiles files = RunFiles.beside(folder.resolve("judged.jsonl"));
        List<Judged> written = new ArrayList<>();
        FakeRespondent killed = new FakeRespondent(prompt -> says("a", 2), Integer.MAX_VALUE, 1);
        assertThrows(FakeRespondent.Killed.class, () -> judge.run(ROWS, killed, files, written::addAll));
        assertEquals(List.of(), written);

        FakeRespondent again = new FakeRespondent(prompt -> says("a", 2));
        Inference.Result result = judge.run(ROWS, again, files, written::addAll);
        assertEquals(2, again.asked);
        assertEquals(List.of("one", "two", "three"), written.stream().map(row -> row.example().id()).toList());
        assertEquals(new Judged(ROWS.get(1), 1, -2, says("a", 2)), written.get(1));
        assertEquals(1, result.right());
        assertEquals(0, result.unparsed());
    }

    @Test
    void aFinishedRunIsNotAskedTwice() {
        Inference judge = new Inference(Role.JUDGE, WORDING, TooLong.ERROR);
        RunFiles files = RunFiles.beside(folder.resolve("judged.jsonl"));
        FakeRespondent respondent = new FakeRespondent(prompt -> "nothing to say");
        assertEquals(3, judge.run(ROWS, respondent, files, rows -> {}).unparsed());
        String message = assertThrows(UserError.class, () -> judge.run(ROWS, respondent, files, rows -> {})).getMessage();
        assertEquals(folder.resolve("judged.jsonl") + ": is finished, there is nothing left to ask; delete it and "
                + folder.resolve("judged.jsonl.run.json") + " to ask again", message);
    }

    @Test
    void pairsComeFromJudgeAndCritics() {
        // Always (a): right about the first row, wrong about the others.
        List<Judged> judge = judged(Role.JUDGE, "a");
        List<Judged> positive = judged(Role.CRITIC_TOLD_RIGHT, "b");
        List<Judged> negative = judged(Role.CRITIC_TOLD_WRONG, "b");
        PairMaker.Made made = PairMaker.make(judge, positive, negative, Prompts.builtIn(), PromptKind.STRENGTH);
        assertEquals(3, made.pairs().size());
        assertEquals(1, made.outcome().counts().get(Outcome.JUDGE_PREFERRED));
        assertEquals(2, made.outcome().counts().get(Outcome.POSITIVE_PREFERRED));
        assertEquals(says("a", 1), made.pairs().get(0).chosen());
        assertEquals(says("b", 1), made.pairs().get(1).chosen());
        assertEquals(made.pairs().get(2).chosen(), made.preferred().get(2).output());
        assertTrue(made.pairs().get(1).instruction().contains("3 + 3?"));
    }

    @Test
    void filesOfDifferentDataMakeNoPairs() {
        List<Judged> judge = judged(Role.JUDGE, "a");
        JudgeExample other = new JudgeExample("two", "4 + 4?", "5", "6", 2, 1);
        List<Judged> negative = List.of(new Judged(other, 1, 0, "x"));
        String message = assertThrows(UserError.class,
                () -> PairMaker.make(judge, List.of(), negative, Prompts.builtIn(), PromptKind.STRENGTH)).getMessage();
        assertEquals("pairs: the row 'two' has another content in the negative critic's file than in the judge's; "
                + "all three must come from the same input", message);
    }

    @Test
    void oneScoreIsNoVerdict() {
        UserError refusal =
                assertThrows(UserError.class, () -> new Wording(Prompts.builtIn(), PromptKind.SCORE_SINGLE, ParserMode.STRICT));
        assertEquals("prompt: score_single asks about one response at a time and gives no verdict on two; use score", refusal.getMessage());
    }

    private static List<Judged> judged(Role role, String letter) {
        return new Inference(role, WORDING, TooLong.ERROR).run(ROWS, new FakeRespondent(prompt -> says(letter, 1))).judged();
    }

    private static void ask(Role role, List<String> asked) {
        new Inference(role, WORDING, TooLong.ERROR).run(ROWS, new FakeRespondent(prompt -> {
            asked.add(0, prompt); // the fake answers from the last to the first
            return says("a", 1);
        }));
    }

    private static String says(String letter, int strength) {
        return "Therefore, Response (" + letter + ") is better, and the strength is [[" + strength + "]].";
    }
}
