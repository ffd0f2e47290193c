package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.Fingerprint;

class ReferenceLogProbsTest {
    @TempDir
    Path folder;

    @Test
    void whatWasComputedOnceIsReadBackExactly() {
        float[] chosen = {-1.1f, -1e-7f, -123456.7f};
        float[] rejected = {-0.3f, Float.MIN_VALUE, -2};
        String fingerprint = new Fingerprint().add(new int[] {1, 2}).hex();
        ReferenceLogProbs.cached(folder, fingerprint, () -> new ReferenceLogProbs(chosen, rejected));
        ReferenceLogProbs read = ReferenceLogProbs.cached(folder, fingerprint, () -> fail("computed a second time"));
        assertArrayEquals(chosen, read.chosen());
        assertArrayEquals(rejected, read.rejected());
    }
}
