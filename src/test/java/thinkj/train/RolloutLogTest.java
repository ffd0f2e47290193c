package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers that a stopped process has left come back as they were sampled, or not at all. */
class RolloutLogTest {
    @TempDir
    Path folder;

    private static RolloutLog.Sampled sampled(Random random) {
        int[] ids = random.ints(50, 0, 151_936).toArray();
        float[] logProbs = new float[ids.length];
        for (int i = 0; i < logProbs.length; i++) {
            logProbs[i] = -(float) Math.exp(20 * random.nextGaussian());
        }
        return new RolloutLog.Sampled(ids, logProbs);
    }

    @Test
    void whatWasWrittenComesBackToTheBit() {
        RolloutLog log = new RolloutLog(folder);
        Random random = new Random(5);
        RolloutLog.Sampled[] all = new RolloutLog.Sampled[100];
        try (RolloutLog.Step step = log.open(3)) {
            for (int i = 0; i < all.length; i++) {
                all[i] = sampled(random);
                step.add(1L << i % 40, all[i], "text");
                assertNull(step.get(1L << i % 40), "what is sampled now is its sampler's own");
            }
        }
        try (RolloutLog.Step step = log.open(3)) {
            for (int i = 60; i < all.length; i++) {
                assertArrayEquals(all[i].ids(), step.get(1L << i % 40).ids());
                assertArrayEquals(all[i].logProbs(), step.get(1L << i % 40).logProbs(), 0f);
            }
            assertNull(step.get(7));
        }
    }

    @Test
    void aTornLineAndOneThatWasChangedAreSampledAgain() throws IOException {
        RolloutLog log = new RolloutLog(folder);
        try (RolloutLog.Step step = log.open(1)) {
            step.add(0, new RolloutLog.Sampled(new int[] {5, 6}, new float[] {-0.5f, -0.25f}), "a");
            step.add(1, new RolloutLog.Sampled(new int[] {7}, new float[] {-0.5f}), "b");
        }
        Path file = log.file(1);
        Files.writeString(file, Files.readString(file).replace("-0.25", "-0.75"));
        Files.writeString(file, "{\"index\":2,\"ids\":[1", StandardOpenOption.APPEND);
        try (RolloutLog.Step step = log.open(1)) {
            assertNull(step.get(0));
            assertEquals(7, step.get(1).ids()[0]);
            assertNull(step.get(2));
            step.add(2, new RolloutLog.Sampled(new int[] {9}, new float[] {-1}), "c");
        }
        try (RolloutLog.Step step = log.open(1)) {
            assertEquals(9, step.get(2).ids()[0], "the torn line is gone");
        }
    }

    @Test
    void whatIsSavedIsForgotten() throws IOException {
        RolloutLog log = new RolloutLog(folder.resolve("rollouts"));
        log.dropUpTo(4);
        for (int step : new int[] {3, 10, 11}) {
            log.open(step).close();
        }
        Files.writeString(folder.resolve("rollouts/notes.txt"), "mine");
        log.dropUpTo(10);
        assertFalse(Files.exists(log.file(3)) || Files.exists(log.file(10)));
        assertTrue(Files.exists(log.file(11)) && Files.exists(folder.resolve("rollouts/notes.txt")));
        log.drop();
        assertFalse(Files.exists(folder.resolve("rollouts")));
    }
}
