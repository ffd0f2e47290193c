package thinkj.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

/** The strict reading; the original ones are held by the golden tables. */
class VerdictParserTest {

    private static Verdict strict(PromptKind kind, String text) {
        return VerdictParser.of(kind, ParserMode.STRICT).parse(text);
    }

    private static String strength(String letter, int strength) {
        return "Therefore, Response (" + letter + ") is better, and the strength is [[" + strength + "]].";
    }

    @Test
    void thinkingIsNotSearched() {
        String text = "<think>\n" + strength("a", 3) + "\n</think>\n\n" + strength("b", 2) + "<|im_end|>";
        Verdict verdict = strict(PromptKind.STRENGTH, text);
        assertEquals(2, verdict.better());
        assertEquals(2, verdict.strength());
    }

    @Test
    void verdictInsideTheThinkingAloneIsNone() {
        assertEquals(0, strict(PromptKind.STRENGTH, "<think>" + strength("a", 3) + "</think>").better());
        assertEquals(0, strict(PromptKind.STRENGTH, "<think>" + strength("a", 3)).better());
    }

    @Test
    void thinkingThatThePromptOpenedEndsAtItsClosingTag() {
        assertEquals(1, strict(PromptKind.COT, "Therefore, Response (b) is better.</think> Therefore, Response (a) is better.").better());
    }

    @Test
    void theLastVerdictCounts() {
        assertEquals(-1, strict(PromptKind.STRENGTH, strength("b", 3) + " No: " + strength("a", 1)).strength());
        assertEquals(2, strict(PromptKind.COT, "Therefore, Response (a) is better. Therefore, Response (b) is better.").better());
    }

    @Test
    void anIllFormedLastStrengthLeavesTheAnswerUnparsed() {
        assertEquals(0, strict(PromptKind.STRENGTH, strength("b", 3) + " No: " + strength("a", 4)).better());
    }

    @Test
    void bareStrengthIsReadAndGivenBrackets() {
        Verdict verdict = strict(PromptKind.STRENGTH, "So. Therefore, Response (a) is better, and the strength is 2. Done");
        assertEquals(-2, verdict.strength());
        assertEquals("So. Therefore, Response (a) is better, and the strength is [[2]]. Done", verdict.text());
    }

    @Test
    void scoresDecideByTheHigherOne() {
        Verdict verdict = strict(PromptKind.SCORE, "x <Score 1>10</Score 1> then\n<Score 1>70.5</Score 1> and <Score 2>80</Score 2>");
        assertEquals(2, verdict.better());
        assertEquals(70.5, verdict.score1());
        assertEquals(80, verdict.score2());
        assertEquals(0, strict(PromptKind.SCORE, "<Score 1>5</Score 1><Score 2>5</Score 2>").better());
        assertFalse(strict(PromptKind.SCORE, "<Score 1>5</Score 1><Score 2>105</Score 2>").parsed());
    }

    @Test
    void oneScoreIsKept() {
        assertEquals(62, strict(PromptKind.SCORE_SINGLE, "<think>bad</think> <Score>62</Score>").score1());
        assertEquals(1, Verdict.ofScores(62, 61, "").better());
    }

    @Test
    void directNeedsNoTherefore() {
        assertEquals(2, strict(PromptKind.DIRECT, "Response (b) is better.").better());
    }
}
