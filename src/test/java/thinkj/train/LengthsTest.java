package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LengthsTest {

    @Test
    void aBarForEachLengthWhereTheyAreFew() {
        assertEquals("""
                                7   ████████████████████████████████████████ 4
                                8                                            0
                                9   ██████████                               1
                """, Lengths.of(new int[] {9, 7, 7, 7, 7}).histogram());
        assertEquals("7 to 9 tokens, median 7, nine in ten at most 9", Lengths.of(new int[] {9, 7, 7, 7, 7}).summary());
    }

    @Test
    void rangesOfEqualWidthWhereTheyAreMany() {
        Lengths lengths = Lengths.of(IntStream.rangeClosed(30, 1529).toArray());
        assertEquals("30 to 1,529 tokens, median 779, nine in ten at most 1,379", lengths.summary());
        assertEquals(1500 * (30L + 1529) / 2, lengths.total());
        String first = lengths.histogram().lines().findFirst().orElseThrow();
        assertEquals("          0 – 199   ██████████████████████████████████       170", first);
        assertEquals(8, lengths.histogram().lines().count());
    }

    @Test
    void aRareLengthIsSeen() {
        String text = Lengths.of(IntStream.concat(IntStream.generate(() -> 1).limit(1000), IntStream.of(3)).toArray()).histogram();
        assertTrue(text.lines().toList().get(2).contains("█ "), text);
    }
}
