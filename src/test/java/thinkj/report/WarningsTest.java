package thinkj.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarningsTest {
    @TempDir
    private Path run;

    @Test
    void aQuietRunHasNone() throws IOException {
        assertEquals(List.of(), warnings(step -> "\"loss\":" + 1.0 / step + ",\"grad_norm\":1"));
    }

    @Test
    void spikesAreCounted() throws IOException {
        assertEquals(List.of("The loss was more than 3 times as high as the median of the 20 values before at 2 steps, the first of them 30."),
                warnings(step -> "\"loss\":" + (step == 30 || step == 35 ? 4 : 1)));
    }

    @Test
    void whatIsNoNumberIsSaid() throws IOException {
        assertEquals(List.of("No number came out at 1 step, the first of them 12: see the nulls in metrics.jsonl."),
                warnings(step -> "\"loss\":" + (step == 12 ? "null" : "1")));
    }

    @Test
    void reinforcementHasItsOwn() throws IOException {
        assertEquals(List.of(
                "75 % of the groups were paid alike lately and carry no signal: the prompts are too easy or too hard, or n is too small.",
                "20 % of the answers were cut off at rollout.max_response_length lately.",
                "The reward failed or took too long for 40 answers; samples/completions.jsonl says why."),
                warnings(step -> "\"group/zero_variance_fraction\":0.75,\"response_length/clip_ratio\":0.2,\"reward/failed\":1"));
    }

    @Test
    void learningByHeartIsTold() throws IOException {
        assertEquals(List.of("The loss on held-out examples is 1.4, it was 1 before: the model is learning its examples by heart."),
                warnings(step -> String.format(Locale.ROOT, "\"eval_loss\":%.2f", 1 + Math.abs(step - 20) / 50.0)));
    }

    /** Of a finished run of 40 steps. */
    private List<String> warnings(IntFunction<String> values) throws IOException {
        Files.createDirectory(run.resolve("final"));
        Files.writeString(run.resolve("config.yaml"), "seed: 1\n");
        for (int step = 1; step <= 40; step++) {
            RunFiles.append(run.resolve("metrics.jsonl"), "{\"step\":" + step + "," + values.apply(step) + "}\n");
        }
        return Warnings.of(RunFolder.read(run, false));
    }
}
