package thinkj.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import thinkj.io.UserError;

class WavesTest {

    @Test
    void oneWaveWhereMemoryAllowsAllRows() {
        List<Waves.Wave> waves = new Waves(2, 10, 2000).plan(new int[] {100, 5, 50});
        assertEquals(1, waves.size());
        assertWave(waves.get(0), 2, 100, 0, 1, 2);
    }

    @Test
    void longSequencesAreDecodedApartWhereMemoryIsShort() {
        List<Waves.Wave> waves = new Waves(8, 10, 1500).plan(new int[] {30, 100, 40, 51, 20});
        assertEquals(2, waves.size());
        assertWave(waves.get(0), 1, 100, 1, 3);
        assertWave(waves.get(1), 3, 40, 0, 2, 4);
    }

    @Test
    void noMoreSlotsThanRequests() {
        assertWave(new Waves(64, 1, 1_000_000).plan(new int[] {7}).get(0), 1, 7, 0);
    }

    @Test
    void aSequenceThatFitsNowhereIsTheUsersError() {
        UserError error = assertThrows(UserError.class, () -> new Waves(4, 24_576, 50_000_000).plan(new int[] {8192}));
        assertEquals(
                "the KV cache of one sequence of 8192 tokens (prompt and new ones) takes 201.3 MB, 50.0 MB are free for it: "
                        + "lower max_new_tokens, shorten the prompt or allow more memory (THINKJ_OFFHEAP)",
                error.getMessage());
    }

    private static void assertWave(Waves.Wave wave, int slots, int capacity, int... members) {
        assertEquals(slots, wave.slots());
        assertEquals(capacity, wave.capacity());
        assertArrayEquals(members, wave.members());
    }
}
