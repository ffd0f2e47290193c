package thinkj.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import thinkj.evaluate.FakeRespondent.Characters;
import thinkj.evaluate.Questionnaire.Encoding;
import thinkj.io.UserError;

class QuestionnaireTest {
    private static final int LIMIT = 40;
    private static final Encoding ENCODING = new Encoding(new Characters(), text -> "<" + text + ">", LIMIT);
    private static final List<List<Question>> ROWS = List.of(
            row("short", "yes", "no"), row("long", "a".repeat(30) + "z".repeat(30), "no"), row("other", "1", "2"));

    @Test
    void aLongPromptIsRefusedByDefault() {
        String message = assertThrows(UserError.class, () -> Questionnaire.of(ROWS, ENCODING, TooLong.ERROR)).getMessage();
        assertEquals("2 prompts are longer than the 40 tokens that the context leaves beside the new tokens:\n"
                + "  long forward: 75 tokens\n  long reversed: 75 tokens\n"
                + "raise --max-length, lower --max-new-tokens, or use --too-long drop or --too-long middle", message);
    }

    @Test
    void droppingTakesTheWholeRow() {
        Questionnaire questions = Questionnaire.of(ROWS, ENCODING, TooLong.DROP);
        assertEquals(List.of(0, 2), questions.kept());
        assertEquals(List.of("short forward", "short reversed", "other forward", "other reversed"), questions.names());
        assertEquals(0, questions.shortened());
    }

    @Test
    void cuttingKeepsTheQuestionAndBothEndsOfTheResponse() {
        Questionnaire questions = Questionnaire.of(ROWS, ENCODING, TooLong.MIDDLE);
        assertEquals(List.of(0, 1, 2), questions.kept());
        assertEquals(1, questions.shortened());
        String prompt = new Characters().decode(questions.prompts().get(2), true);
        assertTrue(prompt.matches("<which\\? a+ … z+ or no>"), prompt);
        assertEquals(LIMIT, prompt.length());
        assertEquals("<which? yes or no>", new Characters().decode(questions.prompts().get(0), true));
    }

    @Test
    void aQuestionThatIsTooLongByItselfCannotBeCut() {
        Encoding tiny = new Encoding(new Characters(), text -> text, 5);
        String message = assertThrows(UserError.class, () -> Questionnaire.of(ROWS.subList(0, 1), tiny, TooLong.MIDDLE)).getMessage();
        assertTrue(message.contains("what is left without the responses is too long already"), message);
    }

    private static List<Question> row(String name, String first, String second) {
        return List.of(question(name + " forward", first, second), question(name + " reversed", second, first));
    }

    private static Question question(String name, String first, String second) {
        return new Question(name, first, second, (one, two) -> "which? " + one + " or " + two);
    }
}
