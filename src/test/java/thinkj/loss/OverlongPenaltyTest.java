package thinkj.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class OverlongPenaltyTest {

    @Test
    void growsOverTheBufferAndIsWholeAtTheLongestLength() {
        OverlongPenalty penalty = new OverlongPenalty(20, 4, 0.5);
        assertEquals(0, penalty.of(1));
        assertEquals(0, penalty.of(16));
        assertEquals(0.125, penalty.of(17));
        assertEquals(0.25, penalty.of(18));
        assertEquals(0.5, penalty.of(20));
    }

    @Test
    void aBufferOfOneTokenIsPaidByTheLongestAlone() {
        OverlongPenalty penalty = new OverlongPenalty(20, 1, 2);
        assertEquals(0, penalty.of(19));
        assertEquals(2, penalty.of(20));
    }
}
