package thinkj.judge;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The default reading: the last verdict that stands outside the thinking. An ill-formed last verdict makes the answer unparsed. */
final class StrictParsing {
    /** Groups: letter, strength in brackets, strength without. */
    private static final Pattern STRENGTH = Pattern.compile(
            "Therefore, Response \\(([ab])\\) is better, and the strength is (?:\\[\\[(\\d+)\\]\\]|(\\d+))\\.");

    private static final Pattern COT = Pattern.compile("Therefore, Response \\(([ab])\\) is better\\.");

    private static final Pattern DIRECT = Pattern.compile("Response \\(([ab])\\) is better\\.");

    private static final String NUMBER = "\\s*(\\d+(?:\\.\\d+)?)\\s*";

    private static final Pattern SCORE_1 = Pattern.compile("<Score 1>" + NUMBER + "</Score 1>");

    private static final Pattern SCORE_2 = Pattern.compile("<Score 2>" + NUMBER + "</Score 2>");

    private static final Pattern SCORE = Pattern.compile("<Score>" + NUMBER + "</Score>");

    private static final String OPEN = "<think>";

    private static final String CLOSE = "</think>";

    private StrictParsing() {}

    static Verdict parse(PromptKind kind, String text) {
        int from = answerStart(text);
        MatchResult last = last(pattern(kind), text, from);
        if (last == null) {
            return Verdict.none(text);
        }
        return switch (kind) {
            case STRENGTH -> strength(last, text);
            case COT, DIRECT -> Verdict.of(OriginalParsing.side(last.group(1)), 0, text);
            case SCORE -> scores(number(last), number(last(SCORE_2, text, last.end())), text);
            case SCORE_SINGLE -> {
                double score = number(last);
                yield score <= 100 ? Verdict.ofScores(score, Double.NaN, text) : Verdict.none(text);
            }
        };
    }

    /** Where the last thinking ends: after the last {@code </think>}; a thinking that never ends leaves no answer. */
    static int answerStart(String text) {
        int close = text.lastIndexOf(CLOSE);
        int from = close < 0 ? 0 : close + CLOSE.length();
        return text.indexOf(OPEN, from) < 0 ? from : text.length();
    }

    private static Pattern pattern(PromptKind kind) {
        return switch (kind) {
            case STRENGTH -> STRENGTH;
            case COT -> COT;
            case DIRECT -> DIRECT;
            case SCORE -> SCORE_1;
            case SCORE_SINGLE -> SCORE;
        };
    }

    private static MatchResult last(Pattern pattern, String text, int from) {
        Matcher matcher = pattern.matcher(text).region(from, text.length());
        MatchResult last = null;
        while (matcher.find()) {
            last = matcher.toMatchResult();
        }
        return last;
    }

    private static Verdict strength(MatchResult match, String text) {
        boolean bracketed = match.group(2) != null;
        int group = bracketed ? 2 : 3;
        int strength = PythonText.strength(match.group(group));
        if (strength == 0) {
            return Verdict.none(text);
        }
        String kept = bracketed
                ? text
                : text.substring(0, match.start(group)) + "[[" + match.group(group) + "]]" + text.substring(match.end(group));
        return Verdict.of(OriginalParsing.side(match.group(1)), strength, kept);
    }

    private static double number(MatchResult match) {
        return match == null ? Double.NaN : Double.parseDouble(match.group(1));
    }

    private static Verdict scores(double first, double second, String text) {
        return first <= 100 && second <= 100 ? Verdict.ofScores(first, second, text) : Verdict.none(text);
    }
}
