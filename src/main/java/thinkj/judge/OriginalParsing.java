package thinkj.judge;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The published program's readings, bug for bug: they search the whole text, thinking included ({@code star/infer_judge.py} and the
 * reward functions that it adds to verl, as tabled in the golden fixtures).
 */
final class OriginalParsing {
    /** Groups: letter, strength. */
    static final Pattern BRACKETED = PythonText.pattern(
            "Therefore, Response \\(([ab])\\) is better, and the strength is \\[\\[(" + PythonText.DIGIT + "+)\\]\\]\\.");

    private static final Pattern BARE = PythonText.pattern(
            "(Therefore, Response \\(([ab])\\) is better, and the strength is )(" + PythonText.DIGIT + "+)\\.");

    /** The unescaped point is the original's: any one character but a newline must follow. */
    private static final Pattern ENDS_IN_VERDICT = PythonText.pattern("Therefore, Response \\(([ab])\\) is better.$");

    private static final Pattern REWARDED_COT = PythonText.pattern("Response \\(([ab])\\) is better.");

    private static final String NUMBER = "(" + PythonText.DIGIT + "*\\.?" + PythonText.DIGIT + "+)";

    private static final Pattern SCORES = PythonText.pattern("<Score 1>" + NUMBER + "</Score 1>.*<Score 2>" + NUMBER + "</Score 2>");

    private OriginalParsing() {}

    /** Takes (a) when both are named; an unparsed text comes back stripped. */
    static Verdict cotLoose(String text) {
        if (text.contains("Response (a) is better")) {
            return Verdict.of(1, 0, text);
        }
        if (text.contains("Response (b) is better")) {
            return Verdict.of(2, 0, text);
        }
        return Verdict.none(PythonText.strip(text));
    }

    /** The text must end in the verdict (and at most one newline); an unparsed one comes back stripped. */
    static Verdict cotStrict(String text) {
        Matcher match = ENDS_IN_VERDICT.matcher(text);
        return match.find() ? Verdict.of(side(match.group(1)), 0, text) : Verdict.none(PythonText.strip(text));
    }

    /** First bracketed strength, else first bare one; then every bare one in the text is given brackets. */
    static Verdict strength(String text) {
        Matcher bracketed = BRACKETED.matcher(text);
        if (bracketed.find()) {
            int strength = PythonText.strength(bracketed.group(2));
            if (strength != 0) {
                return Verdict.of(side(bracketed.group(1)), strength, text);
            }
        }
        Matcher bare = BARE.matcher(text);
        if (bare.find()) {
            int strength = PythonText.strength(bare.group(3));
            if (strength != 0) {
                return Verdict.of(side(bare.group(2)), strength, bare.replaceAll("$1[[$3]]."));
            }
        }
        return Verdict.none(text);
    }

    /** Score 1 of the first line that has both, score 2 the last one of that line. */
    static Verdict score(String text) {
        Matcher match = SCORES.matcher(text);
        return match.find()
                ? Verdict.ofScores(PythonText.number(match.group(1)), PythonText.number(match.group(2)), text)
                : Verdict.none(text);
    }

    /** What the original's {@code cot} reward sees: (b) when both are named, 0 when none is. */
    static int rewardedCot(String text) {
        Matcher match = REWARDED_COT.matcher(text);
        int better = 0;
        while (match.find()) {
            better = Math.max(better, side(match.group(1)));
        }
        return better;
    }

    static int side(String letter) {
        return letter.equals("a") ? 1 : 2;
    }
}
