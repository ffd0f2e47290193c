package thinkj.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

class RandomCheckpointTest {
    private static final Qwen2Config CONFIG = new Qwen2Config(64, 2, 4, 2, 160, 1024, 128, 10_000, 1e-6, false);

    @TempDir
    Path temp;

    @Test
    void weightsFollowHfsRules() {
        Map<String, INDArray> weights = HfCheckpoint.open(write("a", 1, new SaveOptions(Dtype.F32))).load();
        weights.forEach((name, array) -> {
            float[] values = array.data().asFloat();
            if (name.endsWith("norm.weight") || name.endsWith(".bias")) {
                float expected = name.endsWith(".bias") ? 0 : 1;
                for (float value : values) {
                    assertEquals(expected, value);
                }
            } else {
                double mean = 0;
                double square = 0;
                for (float value : values) {
                    mean += value / values.length;
                    square += (double) value * value / values.length;
                }
                // Five standard errors of a mean and of a standard deviation.
                assertEquals(0, mean, 5 * 0.02 / Math.sqrt(values.length), name);
                assertEquals(0.02, Math.sqrt(square), 5 * 0.02 / Math.sqrt(2.0 * values.length), name);
            }
        });
        assertNotEquals(weights.get("model.layers.0.mlp.up_proj.weight"), weights.get("model.layers.0.mlp.gate_proj.weight"));
        weights.values().forEach(INDArray::close);
    }

    @Test
    void theSeedDecides() throws Exception {
        byte[] first = Files.readAllBytes(write("a", 1, new SaveOptions(Dtype.F32)).resolve("model.safetensors"));
        byte[] again = Files.readAllBytes(write("b", 1, new SaveOptions(Dtype.F32)).resolve("model.safetensors"));
        byte[] other = Files.readAllBytes(write("c", 2, new SaveOptions(Dtype.F32)).resolve("model.safetensors"));
        assertTrue(Arrays.equals(first, again));
        assertTrue(!Arrays.equals(first, other));
    }

    @Test
    void shardsHoldTheSameWeights() {
        Path single = write("single", 3, new SaveOptions(Dtype.BF16));
        Path sharded = write("sharded", 3, new SaveOptions(Dtype.BF16, 50_000));
        assertTrue(Files.exists(sharded.resolve("model.safetensors.index.json")));
        Map<String, INDArray> one = HfCheckpoint.open(single).load();
        Map<String, INDArray> many = HfCheckpoint.open(sharded).load();
        assertEquals(List.copyOf(one.keySet()), List.copyOf(many.keySet()));
        one.forEach((name, array) -> assertEquals(array, many.get(name)));
        one.values().forEach(INDArray::close);
        many.values().forEach(INDArray::close);
    }

    @Test
    void progressAddsUp() {
        AtomicLong numbers = new AtomicLong();
        RandomCheckpoint.write(temp.resolve("p"), CONFIG, GenerationConfig.neutral(List.of(1), -1), 1, new SaveOptions(Dtype.F32), null,
                numbers::addAndGet);
        assertEquals(Qwen2Tensors.parameters(CONFIG), numbers.get());
    }

    private Path write(String name, long seed, SaveOptions options) {
        Path folder = temp.resolve(name);
        RandomCheckpoint.write(folder, CONFIG, GenerationConfig.neutral(List.of(1), -1), seed, options, null, count -> {});
        return folder;
    }
}
