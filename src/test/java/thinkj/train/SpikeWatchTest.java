package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpikeWatchTest {
    @TempDir
    private Path folder;

    private Path metrics() {
        return folder.resolve("metrics.jsonl");
    }

    /** Writes steps as a run does, and returns what was said of them. */
    private List<String> say(int from, double... losses) {
        try (Logged log = new Logged(SpikeWatch.class); MetricsLog lines = MetricsLog.plain(metrics(), new SpikeWatch(metrics())::wrote)) {
            for (int i = 0; i < losses.length; i++) {
                lines.write(from + i, Map.of("loss", losses[i], "grad_norm", 2 * losses[i]));
            }
            return log.lines();
        }
    }

    private static double[] quiet(int steps) {
        double[] losses = new double[steps];
        Arrays.fill(losses, 0.5);
        return losses;
    }

    @Test
    void aSpikeIsToldOnceHoweverLongItLasts() {
        assertEquals(List.of(), say(1, quiet(20)));
        assertEquals(
                List.of("step 21: the loss is 1.600, more than 3 times the median of the 20 values before, which is 0.5000",
                        "step 24: the loss is 1.700, more than 3 times the median of the 20 values before, which is 0.5000"),
                say(21, 1.6, 1.6, 0.5, 1.7), "and a run that goes on compares with what it did before");
    }

    @Test
    void whatIsNoNumberIsPassedOver() {
        assertEquals(List.of(), say(1, quiet(20)));
        assertEquals(List.of("step 22: the loss is 6.000, more than 3 times the median of the 20 values before, which is 0.5000",
                "step 22: the gradient's norm is 12.00, more than 10 times the median of the 20 values before, which is 1.000"),
                say(21, Double.NaN, 6));
    }

    @Test
    void tooFewValuesSayNothing() {
        assertEquals(List.of(), say(1, quiet(19)));
        assertEquals(List.of(), say(20, 100));
    }

    @Test
    void reinforcementIsWatchedToo() {
        try (Logged log = new Logged(SpikeWatch.class)) {
            SpikeWatch watch = new SpikeWatch(metrics());
            for (int step = 1; step <= 21; step++) {
                watch.wrote(Map.of("actor/grad_norm", step == 21 ? 5.5 : 0.5), step);
            }
            assertEquals(List.of("step 21: the gradient's norm is 5.500, more than 10 times the median of the 20 values before, which is 0.5000"),
                    log.lines());
        }
    }
}
