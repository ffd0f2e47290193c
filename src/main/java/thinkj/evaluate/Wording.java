package thinkj.evaluate;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import thinkj.data.JudgeExample;
import thinkj.io.UserError;
import thinkj.judge.ParserMode;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;
import thinkj.judge.VerdictParser;

/** How judges and critics are asked, and how their answers are read. */
public record Wording(Prompts prompts, PromptKind kind, ParserMode mode) {

    public Wording {
        if (kind == PromptKind.SCORE_SINGLE) {
            throw new UserError("prompt: score_single asks about one response at a time and gives no verdict on two; use score");
        }
    }

    /** What a judge is asked about two responses. */
    public Question judge(String name, String instruction, String response1, String response2) {
        return new Question(name, response1, response2, (first, second) -> prompts.judge(kind, instruction, first, second));
    }

    /** What a critic is asked who is told that a response is better: the right one, or the wrong one with the same strength. */
    public Question critic(String name, JudgeExample example, boolean toldRight) {
        int better = toldRight ? example.better() : 3 - example.better();
        int strength = example.strength() == null ? 0 : example.strength();
        return new Question(name, example.response1(), example.response2(),
                (first, second) -> prompts.critic(kind, example.instruction(), first, second, better, strength));
    }

    /** Reads the answers of {@code judge} and {@code critic}. */
    public VerdictParser parser() {
        return VerdictParser.of(kind, mode);
    }

    /**
     * Reads the answers of a benchmark. The original program reads those with the parser of its {@code cot} prompt whatever was asked,
     * so {@link ParserMode#ORIGINAL} does; it never reads strengths there.
     */
    public VerdictParser benchmarkParser() {
        boolean names = kind == PromptKind.STRENGTH || kind == PromptKind.COT || kind == PromptKind.DIRECT;
        return mode == ParserMode.STRICT || !names ? parser() : VerdictParser.of(PromptKind.COT, mode);
    }

    /** For the manifest. The prompts' texts are part of every question and need no entry. */
    Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("prompt", kind.key());
        settings.put("parser", mode.name().toLowerCase(Locale.ROOT));
        return settings;
    }
}
