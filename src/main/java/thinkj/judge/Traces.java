package thinkj.judge;

import java.util.regex.Pattern;

/**
 * Makes a training target of a teacher's answer: {@code <think>\n}explanation{@code \n</think>\n\n}verdict. The teacher's own thinking
 * is dropped; what it then explains becomes ours.
 */
public final class Traces {
    private static final Pattern THINKING = Pattern.compile("(?s)<think>.*?</think>");
    private static final String CLOSE = "</think>";
    /** What became of a teacher's answer. */
    public enum Outcome {
        /** A target. */
        KEPT,
        /** It does not end in a verdict of the kind asked for. */
        NO_VERDICT,
        /** Nothing stands before the verdict. */
        NO_EXPLANATION
    }

    /**
     * @param target the text to train on; empty unless kept
     * @param verdict what the answer decides
     */
    public record Trace(Outcome outcome, String target, Verdict verdict) {}

    private Traces() {}

    /** Cleans a teacher's answer to a prompt of this kind. */
    public static Trace clean(PromptKind kind, String teacherText) {
        Verdict verdict = StrictParsing.parse(kind, withoutThinking(teacherText).strip());
        String text = verdict.text();
        int start = verdict.parsed() ? verdictStart(kind, verdict) : -1;
        if (start < 0) {
            return new Trace(Outcome.NO_VERDICT, "", verdict);
        }
        String sentence = text.substring(start);
        if (!kind.thinks()) {
            return new Trace(Outcome.KEPT, sentence, verdict);
        }
        String explanation = text.substring(0, start).strip();
        return explanation.isEmpty()
                ? new Trace(Outcome.NO_EXPLANATION, "", verdict)
                : new Trace(Outcome.KEPT, target(explanation, sentence), verdict);
    }

    /** The form of a thinking judge's answer. */
    public static String target(String explanation, String verdictSentence) {
        return "<think>\n" + explanation + "\n</think>\n\n" + verdictSentence;
    }

    /** A teacher whose prompt opened the thinking leaves only the closing tag. */
    private static String withoutThinking(String text) {
        String rest = THINKING.matcher(text).replaceAll("");
        int close = rest.lastIndexOf(CLOSE);
        return close < 0 ? rest : rest.substring(close + CLOSE.length());
    }

    private static int verdictStart(PromptKind kind, Verdict verdict) {
        String text = verdict.text();
        if (kind == PromptKind.SCORE || kind == PromptKind.SCORE_SINGLE) {
            return scoreSentence(text);
        }
        String sentence = Verdict.sentence(kind, verdict.better(), verdict.strength());
        return text.endsWith(sentence) ? text.length() - sentence.length() : -1;
    }

    /** Scores stand in a sentence of any wording on the last line: from its "Therefore", if it has one, else the whole line. */
    private static int scoreSentence(String text) {
        int line = text.lastIndexOf('\n') + 1;
        int score = text.indexOf("<Score", line);
        return score < 0 ? -1 : Math.max(line, text.lastIndexOf("Therefore,", score));
    }
}
