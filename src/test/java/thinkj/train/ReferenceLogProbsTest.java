package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.data.Located;
import thinkj.data.PairSequences;
import thinkj.data.TrainingSequence;
import thinkj.io.Fingerprint;
import thinkj.model.Qwen2Model;

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

    @Test
    void aFileWithWhatIsNoNumberIsComputedAnew() throws IOException {
        String fingerprint = new Fingerprint().add(new int[] {1}).hex();
        for (String broken : List.of("\"NaN\"", "null", "1e39")) {
            ReferenceLogProbs.cached(folder, fingerprint, () -> new ReferenceLogProbs(new float[] {-1.5f}, new float[] {-2}));
            Path file = ReferenceLogProbs.file(folder, fingerprint);
            Files.writeString(file, Files.readString(file).replace("-1.5", broken));
            ReferenceLogProbs read = ReferenceLogProbs.cached(folder, fingerprint, () -> new ReferenceLogProbs(new float[] {-3}, new float[] {-2}));
            assertArrayEquals(new float[] {-3}, read.chosen(), broken);
            Files.delete(file);
        }
    }

    @Test
    void whatIsNotFiniteIsNeverKept() {
        TrainingSequence answer = TrainingSequence.of(new int[] {1, 2}, new int[] {3});
        Located<PairSequences> pairs = new Located<>(List.of(new PairSequences(answer, answer)), List.of("pairs.json:4"));
        try (Qwen2Model model = GoldenModel.open("qwen2-tiny-tied")) {
            model.weights().get("model.norm.weight").putScalar(0, Float.NaN);
            String message = assertThrows(NotFinite.class, () -> ReferenceLogProbs.cached(
                    folder, "0123456789abcdef", () -> ReferenceLogProbs.compute(model, pairs, 1, Optional.empty()))).getMessage();
            assertTrue(message.startsWith("a log-probability is NaN (pairs.json:4 chosen, pairs.json:4 rejected); not finite first: model.norm.weight, "),
                    message);
        }
        assertFalse(Files.exists(ReferenceLogProbs.file(folder, "0123456789abcdef")));
    }
}
