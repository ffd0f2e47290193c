package thinkj.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LanesTest {
    @Test
    void lanesRunAtTheSameTimeAndResultsAreInOrder() {
        CountDownLatch all = new CountDownLatch(3);
        List<Integer> results = Lanes.run(3, lane -> {
            all.countDown();
            return await(all) ? lane : -1;
        });
        assertEquals(List.of(0, 1, 2), results);
    }

    @Test
    void eachLaneKeepsItsThread() {
        List<Thread> first = Lanes.run(2, lane -> Thread.currentThread());
        assertSame(Thread.currentThread(), first.get(0));
        assertEquals(first, Lanes.run(2, lane -> Thread.currentThread()));
    }

    @Test
    void aFailureComesOutWhenAllHaveEnded() {
        AtomicBoolean ended = new AtomicBoolean();
        IllegalStateException error = assertThrows(IllegalStateException.class, () -> Lanes.run(3, lane -> {
            if (lane == 1) {
                throw new IllegalStateException("lane 1");
            }
            if (lane == 2) {
                ended.set(true);
            }
            return lane;
        }));
        assertEquals("lane 1", error.getMessage());
        assertTrue(ended.get());
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
