package thinkj.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JudgeStatisticsTest {
    private static final PairVerdict RIGHT = new PairVerdict(1, 2);
    private static final PairVerdict WRONG = new PairVerdict(2, 1);

    @Test
    void roundsTheExactBinaryNumberToTheEvenCent() {
        assertEquals(3.12, Percent.of(1, 32));
        assertEquals(9.38, Percent.of(3, 32));
        assertEquals(2.67, Percent.round(2.675));
    }

    @Test
    void anAnswerWithoutVerdictIsWrongAndTwoAgree() {
        JudgeStatistics statistics =
                JudgeStatistics.of(List.of(RIGHT, new PairVerdict(1, 1), new PairVerdict(0, 0), new PairVerdict(0, 2)));
        assertEquals(new JudgeStatistics(50, 25, 50, 37.5), statistics);
    }

    @Test
    void aMeanOverFewerSectionsIsNotGiven() {
        Map<Section, List<PairVerdict>> some =
                Map.of(Section.CHAT, List.of(RIGHT), Section.MATH, List.of(WRONG), Section.SAFETY, Collections.nCopies(3, WRONG));
        assertEquals(Set.of("Chat", "Safety"), JudgeStatistics.ofSections(some).keySet());
    }
}
