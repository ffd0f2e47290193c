package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EstimateTest {

    @ParameterizedTest
    @CsvSource({"0.0042, 0.0042 s", "0.42, 0.42 s", "4.25, 4.3 s", "17.4, 17 s", "200, 3 min 20 s", "18600, 5 h 10 min", "90000, 1 day 1 h",
        "1047600, 12 days 3 h"})
    void timesAreSaidAsPeopleDo(double seconds, String shown) {
        assertEquals(shown, Estimate.shown(seconds));
    }

    @Test
    void theArithmeticIsShownAndAddsUp() {
        Estimate estimate = new Estimate().measured("a pass", "%,d tokens", 2000).learning(120_000, 1000).times("updates", 40, 0.5)
                .forward("eval_data", 6000);
        assertEquals(120 + 20 + 2, estimate.all(), 1e-9);
        assertEquals("""
                  a pass             2,000 tokens
                  learning           120,000 tokens at 1,000 a second: 2 min 0 s
                  updates            40 of 0.50 s: 20 s
                  eval_data          6,000 tokens at 3,000 a second: 2.0 s
                  in all             about 2 min 22 s; saving not counted
                """, estimate.table());
    }
}
