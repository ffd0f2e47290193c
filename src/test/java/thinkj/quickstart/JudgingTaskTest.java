package thinkj.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import thinkj.data.JudgeExample;
import thinkj.data.SftExample;
import thinkj.judge.ParserMode;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;
import thinkj.judge.Verdict;
import thinkj.judge.VerdictParser;

class JudgingTaskTest {

    private static List<JudgingTask> tasks(boolean heldOut, int count) {
        return JudgingTask.make("t", DigitQuestion.all(heldOut), count, new Random(7));
    }

    @Test
    void answersAreRight() {
        assertEquals(new DigitQuestion("Reverse 528.", "825"), DigitTask.REVERSE.about("528"));
        assertEquals("258", DigitTask.SORT.about("528").answer());
        assertEquals("852", DigitTask.SORT_DOWN.about("528").answer());
        assertEquals("630", DigitTask.ADD_ONE.about("529").answer());
    }

    @Test
    void theBetterResponseHasFewerWrongDigitsAndTheStrengthIsTheDifference() {
        for (JudgingTask task : tasks(false, 500)) {
            JudgeExample row = task.example();
            int wrong1 = task.question().wrongDigits(row.response1());
            int wrong2 = task.question().wrongDigits(row.response2());
            assertEquals(wrong1 < wrong2 ? 1 : 2, row.better());
            assertEquals(wrong1 - wrong2, row.strength());
            assertNotEquals(0, row.strength());
        }
    }

    @Test
    void theTraceEndsInTheVerdict() {
        for (JudgingTask task : tasks(false, 100)) {
            Verdict verdict = VerdictParser.of(PromptKind.STRENGTH, ParserMode.STRICT).parse(task.trace());
            assertEquals(task.example().strength(), verdict.strength());
        }
    }

    @Test
    void aTraceForAGivenVerdictStatesThat() {
        JudgingTask task = tasks(false, 1).get(0);
        int wrong = 3 - task.example().better();
        Verdict verdict = VerdictParser.of(PromptKind.STRENGTH, ParserMode.STRICT).parse(task.trace(wrong, 2));
        assertEquals(wrong, verdict.better());
        assertEquals(2, Math.abs(verdict.strength()));
    }

    @Test
    void aTraceReadsLikeThis() {
        JudgingTask task = new JudgingTask(
                DigitTask.REVERSE.about("528"), new JudgeExample("x", "Reverse 528.", "843", "825", 2, 2));
        assertEquals("""
                <think>
                Right: 825
                (a) 88y24n53n, 2 wrong
                (b) 88y22y55y, 0 wrong
                </think>

                Therefore, Response (b) is better, and the strength is [[2]].""", task.trace());
    }

    @Test
    void heldOutQuestionsAreInNoTraining() {
        Set<String> heldOut = DigitQuestion.all(true).stream().map(DigitQuestion::text).collect(Collectors.toCollection(HashSet::new));
        assertTrue(heldOut.size() > 500);
        tasks(false, 500).forEach(task -> assertTrue(!heldOut.contains(task.question().text())));
        for (SftExample example : BaseSkill.examples(2000, Prompts.builtIn(), new Random(1))) {
            heldOut.forEach(question -> assertTrue(!example.instruction().contains(question), example.instruction()));
        }
    }

    @Test
    void questionsOfOneSetDiffer() {
        assertEquals(600, tasks(true, 600).stream().map(task -> task.question().text()).distinct().count());
    }

    /** Half of the coins fall on each side, and they know nothing of the better one. */
    @Test
    void theBaseModelsVerdictsAreChance() {
        Random random = new Random(3);
        int right = 0;
        int n = 4000;
        for (JudgingTask task : JudgingTask.make("t", DigitQuestion.all(false), 1000, random)) {
            for (int i = 0; i < n / 1000; i++) {
                Verdict verdict = VerdictParser.of(PromptKind.STRENGTH, ParserMode.STRICT)
                        .parse(BaseSkill.COIN.example(task, Prompts.builtIn(), random).output());
                right += verdict.better() == task.example().better() ? 1 : 0;
            }
        }
        assertEquals(0.5, (double) right / n, 4 * 0.5 / Math.sqrt(n), "four standard errors of a fair coin");
    }
}
