package thinkj.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import thinkj.judge.Traces.Outcome;

class TracesTest {
    private static final String VERDICT = "Therefore, Response (b) is better, and the strength is [[2]].";

    private static Traces.Trace clean(String text) {
        return Traces.clean(PromptKind.STRENGTH, text);
    }

    @Test
    void theExplanationBecomesTheThinking() {
        Traces.Trace trace = clean("<think>my own thoughts</think>\n\n (a) is false.\nAnd short.\n\n" + VERDICT + "\n");
        assertEquals(Outcome.KEPT, trace.outcome());
        assertEquals("<think>\n(a) is false.\nAnd short.\n</think>\n\n" + VERDICT, trace.target());
        assertEquals(2, trace.verdict().strength());
    }

    @Test
    void aStrengthWithoutBracketsIsGivenThem() {
        assertEquals("<think>\nb is right.\n</think>\n\n" + VERDICT, clean("b is right. " + VERDICT.replaceAll("[\\[\\]]", "")).target());
    }

    @Test
    void thinkingOpenedByThePromptIsDroppedToo() {
        assertEquals("<think>\nb is right.\n</think>\n\n" + VERDICT, clean("thoughts</think>b is right. " + VERDICT).target());
    }

    @Test
    void theVerdictMustComeLast() {
        assertEquals(Outcome.NO_VERDICT, clean("Because. " + VERDICT + " Thanks!").outcome());
        assertEquals(Outcome.NO_VERDICT, clean("Because.").outcome());
        assertEquals(Outcome.NO_VERDICT, clean("<think>" + VERDICT + "</think>").outcome());
    }

    @Test
    void aVerdictWithoutExplanationIsDropped() {
        assertEquals(Outcome.NO_EXPLANATION, clean("<think>thoughts</think>" + VERDICT).outcome());
    }

    @Test
    void scoresKeepTheirSentence() {
        String scores = "Therefore, the scores are <Score 1>3</Score 1> and <Score 2>9</Score 2>.";
        assertEquals("<think>\nOne errs.\n</think>\n\n" + scores, Traces.clean(PromptKind.SCORE, "One errs. " + scores).target());
        assertEquals(Outcome.NO_VERDICT, Traces.clean(PromptKind.SCORE, scores + "\nThanks!").outcome());
    }

    @Test
    void aDirectJudgeDoesNotThink() {
        assertEquals("Response (a) is better.", Traces.clean(PromptKind.DIRECT, "Well. Response (a) is better.").target());
    }
}
