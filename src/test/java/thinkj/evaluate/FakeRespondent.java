package thinkj.evaluate;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import thinkj.tokenizer.Tokenizer;

/** Answers by a rule, the last prompt first; a token is a character. May be stopped after some answers, as a killed process is. */
final class FakeRespondent implements Respondent {

    /** What a stopped run ends with. */
    static final class Killed extends RuntimeException {}

    private final UnaryOperator<String> rule;
    private final int limit;
    private final int answersUntilKilled;
    int asked;

    FakeRespondent(UnaryOperator<String> rule) {
        this(rule, Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    FakeRespondent(UnaryOperator<String> rule, int limit, int answersUntilKilled) {
        this.rule = rule;
        this.limit = limit;
        this.answersUntilKilled = answersUntilKilled;
    }

    @Override
    public Questionnaire.Encoding encoding() {
        return new Questionnaire.Encoding(new Characters(), text -> "<" + text + ">", limit);
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("model_sha256", "fake");
    }

    @Override
    public void generate(List<int[]> prompts, Receiver receiver) {
        for (int i = prompts.size() - 1; i >= 0; i--) {
            if (asked == answersUntilKilled) {
                throw new Killed();
            }
            asked++;
            String text = rule.apply(new Characters().decode(prompts.get(i), true));
            receiver.accept(i, new Answer(text, text.length(), "stop"), 0.25 * asked);
        }
    }

    /** A token a character. */
    static final class Characters implements Tokenizer {
        @Override
        public int[] encode(String text) {
            return text.chars().toArray();
        }

        @Override
        public String decode(int[] ids, boolean skipSpecial) {
            return new String(ids, 0, ids.length);
        }

        @Override
        public int idOf(String token) {
            return token.length() == 1 ? token.charAt(0) : -1;
        }

        @Override
        public int size() {
            return Character.MAX_VALUE + 1;
        }
    }
}
