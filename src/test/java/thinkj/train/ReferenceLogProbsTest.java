package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.data.TrainingSequence;

class ReferenceLogProbsTest {
    private static final TrainingSequence SEQUENCE = TrainingSequence.of(new int[] {1, 2}, new int[] {3});

    @TempDir
    Path folder;

    @Test
    void whatWasComputedOnceIsReadBackExactly() {
        float[] chosen = {-1.1f, -1e-7f, -123456.7f};
        float[] rejected = {-0.3f, Float.MIN_VALUE, -2};
        String fingerprint = new Fingerprint().sequence(SEQUENCE).hex();
        ReferenceLogProbs.cached(folder, fingerprint, () -> new ReferenceLogProbs(chosen, rejected));
        ReferenceLogProbs read = ReferenceLogProbs.cached(folder, fingerprint, () -> fail("computed a second time"));
        assertArrayEquals(chosen, read.chosen());
        assertArrayEquals(rejected, read.rejected());
    }

    @Test
    void theFingerprintFollowsWeightsAndTokensAndLabels() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.writeString(folder.resolve("model.safetensors"), "weights");
        String first = of(SEQUENCE);
        Files.writeString(folder.resolve("README.md"), "does not count");
        assertEquals(first, of(SEQUENCE));
        assertNotEquals(first, of(TrainingSequence.of(new int[] {1}, new int[] {2, 3})));
        assertNotEquals(first, of(TrainingSequence.of(new int[] {1, 2}, new int[] {4})));
        Files.writeString(folder.resolve("model.safetensors"), "Weights");
        assertNotEquals(first, of(SEQUENCE));
    }

    private String of(TrainingSequence sequence) {
        return new Fingerprint().model(folder).sequence(sequence).hex();
    }
}
