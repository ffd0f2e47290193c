package thinkj.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import thinkj.io.UserError;
import thinkj.judge.PairBuilder.Answer;
import thinkj.judge.PairBuilder.Outcome;
import thinkj.judge.PairBuilder.Pair;

class PairBuilderTest {

    private static Answer answer(String id, int judgement, String text) {
        return new Answer(id, 1, judgement, text);
    }

    private static PairBuilder.Result pair(Answer judge, Answer positive, Answer negative) {
        return PairBuilder.build(List.of(judge), List.of(positive), List.of(negative));
    }

    @Test
    void rightJudgeIsPreferredToTheMisledCritic() {
        PairBuilder.Result result = pair(answer("x", 1, "j"), answer("x", 1, "p"), answer("x", 2, "n"));
        assertEquals(List.of(new Pair("x", "j", "n")), result.pairs());
        assertEquals(0, result.judgeWrong());
    }

    @Test
    void unparsedJudgeLosesToTheHelpedCritic() {
        PairBuilder.Result result = pair(answer("x", 0, "j"), answer("x", 1, "p"), answer("x", 1, "n"));
        assertEquals(List.of(new Pair("x", "p", "j")), result.pairs());
        assertEquals(1, result.judgeWrong());
    }

    @Test
    void rowsAreJoinedByIdWhateverTheirOrder() {
        PairBuilder.Result result = PairBuilder.build(
                List.of(answer("x", 1, "jx"), answer("y", 2, "jy")),
                List.of(answer("y", 1, "py"), answer("x", 1, "px")),
                List.of(answer("y", 2, "ny"), answer("x", 2, "nx")));
        assertEquals(List.of(new Pair("x", "jx", "nx"), new Pair("y", "py", "jy")), result.pairs());
    }

    @Test
    void everyOutcomeIsCounted() {
        PairBuilder.Result result = PairBuilder.build(
                List.of(answer("a", 1, "j"), answer("b", 2, "j"), answer("c", 1, ""), answer("d", 1, "j"), answer("e", 1, "j")),
                List.of(answer("b", 2, "p")),
                List.of(answer("a", 1, "n"), answer("c", 2, "n"), answer("e", 2, "n")));
        assertEquals(1, result.counts().get(Outcome.NEGATIVE_ALSO_RIGHT));
        assertEquals(1, result.counts().get(Outcome.POSITIVE_ALSO_WRONG));
        assertEquals(1, result.counts().get(Outcome.EMPTY_TEXT));
        assertEquals(1, result.counts().get(Outcome.NO_CRITIC));
        assertEquals(1, result.counts().get(Outcome.JUDGE_PREFERRED));
        assertEquals(0, result.counts().get(Outcome.POSITIVE_PREFERRED));
    }

    @Test
    void repeatedIdIsRefused() {
        UserError error = assertThrows(UserError.class,
                () -> PairBuilder.build(List.of(answer("x", 1, "j"), answer("x", 1, "k")), List.of(), List.of()));
        assertEquals("pairs: the judge's rows hold the id 'x' twice; ids must be unique, as rows are joined by them", error.getMessage());
    }
}
