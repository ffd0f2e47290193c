package thinkj.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import thinkj.quickstart.BytePairs.Merge;

class BytePairsTest {

    @Test
    void theMostFrequentPairIsMergedFirstAndTiesGoByName() {
        BytePairs pairs = BytePairs.learn(List.of("abab abc", "cd"), 100);
        assertEquals(new Merge("a", "b"), pairs.merges().get(0));
        assertEquals(new Merge("ab", "ab"), pairs.merges().get(1));
    }

    @Test
    void everyWordBecomesOneTokenAndDigitsStaySingle() {
        BytePairs pairs = BytePairs.learn(List.of("Response (b) 42"), 100);
        assertTrue(pairs.vocabulary().containsKey("Response"));
        assertTrue(pairs.vocabulary().containsKey("\u0120("));
        assertTrue(!pairs.vocabulary().containsKey("42"));
        assertEquals(256 + pairs.merges().size(), pairs.vocabulary().size());
    }

    @Test
    void bytesAreWrittenAsInGpt2() {
        assertEquals("!", BytePairs.symbol('!'));
        assertEquals("\u0120", BytePairs.symbol(' '));
        assertEquals("\u010a", BytePairs.symbol('\n'));
        assertEquals("\u0143", BytePairs.symbol(0xad));
    }
}
