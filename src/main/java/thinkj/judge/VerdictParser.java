package thinkj.judge;

/** Reads the verdict out of a judge's answer. */
@FunctionalInterface
public interface VerdictParser {

    /** @param text the decoded answer, thinking included; an end token at its end is allowed */
    Verdict parse(String text);

    /** The parser for answers to this kind of prompt. */
    static VerdictParser of(PromptKind kind, ParserMode mode) {
        if (mode == ParserMode.STRICT) {
            return text -> StrictParsing.parse(kind, text);
        }
        return switch (kind) {
            case STRENGTH -> OriginalParsing::strength;
            case COT, DIRECT -> mode == ParserMode.ORIGINAL ? OriginalParsing::cotLoose : OriginalParsing::cotStrict;
            case SCORE -> OriginalParsing::score;
            // The original has no parser of its own for one score: its number form, on one tag.
            case SCORE_SINGLE -> text -> StrictParsing.parse(kind, text);
        };
    }
}
