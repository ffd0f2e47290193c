package thinkj.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.Golden;
import thinkj.io.Json;

/** Import and export of the golden checkpoints, which HF's own tools wrote. */
@Tag("golden")
class HfCheckpointTest {
    @TempDir
    Path temp;

    static Stream<String> checkpoints() throws IOException {
        try (Stream<Path> folders = Files.list(Golden.root())) {
            return folders.filter(folder -> Files.exists(folder.resolve("config.json")))
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void exportGivesBackTheTensorsByteForByte(String name) throws IOException {
        Path original = Golden.path(name);
        HfCheckpoint checkpoint = HfCheckpoint.open(original);
        Dtype dtype = checkpoint.dtypes().values().iterator().next();
        Path copy = temp.resolve("copy");
        save(checkpoint, copy, new SaveOptions(dtype, largestShard(original)));
        assertEquals(tensorBytes(original, checkpoint.config()), tensorBytes(copy, checkpoint.config()));
        // HF's tools write the same header too, so that a single file is equal as a whole.
        Path single = original.resolve(TensorFiles.SINGLE);
        if (Files.exists(single)) {
            assertArrayEquals(Files.readAllBytes(single), Files.readAllBytes(copy.resolve(TensorFiles.SINGLE)));
        }
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void configurationsComeBackEqual(String name) {
        HfCheckpoint checkpoint = HfCheckpoint.open(Golden.path(name));
        Path copy = temp.resolve("copy");
        save(checkpoint, copy, new SaveOptions(checkpoint.dtypes().values().iterator().next()));
        assertEquals(Json.read(Golden.path(name).resolve("config.json")), Json.read(copy.resolve("config.json")));
        assertEquals(checkpoint.config(), HfCheckpoint.open(copy).config());
        assertEquals(checkpoint.generationConfig(), HfCheckpoint.open(copy).generationConfig());
    }

    @Test
    void shardsAreAsHfCutsThem() throws IOException {
        for (String name : checkpoints().toList()) {
            Path original = Golden.path(name);
            if (Files.exists(original.resolve(TensorFiles.INDEX))) {
                HfCheckpoint checkpoint = HfCheckpoint.open(original);
                Path copy = temp.resolve(name);
                save(checkpoint, copy, new SaveOptions(checkpoint.dtypes().values().iterator().next(), largestShard(original)));
                assertEquals(Json.read(original.resolve(TensorFiles.INDEX)), Json.read(copy.resolve(TensorFiles.INDEX)));
            }
        }
    }

    @Test
    void loadedArraysHaveTheDeclaredNamesShapesAndValues() throws IOException {
        Path folder = Golden.path("qwen2-tiny-tied");
        HfCheckpoint checkpoint = HfCheckpoint.open(folder);
        Map<String, INDArray> weights = checkpoint.load();
        assertEquals(List.copyOf(Qwen2Tensors.of(checkpoint.config()).keySet()), List.copyOf(weights.keySet()));
        Qwen2Tensors.of(checkpoint.config()).forEach((name, shape) -> assertArrayEquals(shape, weights.get(name).shape()));
        TensorEntry embedding = TensorFiles.open(folder, Qwen2Tensors.of(checkpoint.config())).get("model.embed_tokens.weight");
        byte[] file = Files.readAllBytes(embedding.file());
        float[] values = weights.get("model.embed_tokens.weight").data().asFloat();
        assertEquals(embedding.size(), values.length);
        for (int i = 0; i < values.length; i++) {
            int at = (int) embedding.offset() + Float.BYTES * i;
            int bits = file[at] & 0xff | (file[at + 1] & 0xff) << 8 | (file[at + 2] & 0xff) << 16 | file[at + 3] << 24;
            assertEquals(bits, Float.floatToRawIntBits(values[i]));
        }
        weights.values().forEach(INDArray::close);
    }

    @Test
    void savingInBf16RoundsToTheNearest() {
        HfCheckpoint checkpoint = HfCheckpoint.open(Golden.path("qwen2-tiny-tied"));
        Path copy = temp.resolve("bf16");
        save(checkpoint, copy, new SaveOptions(Dtype.BF16));
        Map<String, INDArray> exact = checkpoint.load();
        Map<String, INDArray> rounded = HfCheckpoint.open(copy).load();
        exact.forEach((name, array) -> {
            float[] before = array.data().asFloat();
            float[] after = rounded.get(name).data().asFloat();
            for (int i = 0; i < before.length; i++) {
                // bf16 keeps 8 bits: half a unit of the last is 2⁻⁹ of the number.
                assertTrue(Math.abs(after[i] - before[i]) <= Math.abs(before[i]) * 0x1p-8, name);
            }
        });
        exact.values().forEach(INDArray::close);
        rounded.values().forEach(INDArray::close);
    }

    private static void save(HfCheckpoint checkpoint, Path folder, SaveOptions options) {
        Map<String, INDArray> weights = checkpoint.load();
        HfCheckpoint.save(folder, checkpoint.config(), checkpoint.generationConfig(), weights, options, checkpoint.folder());
        weights.values().forEach(INDArray::close);
    }

    private static long largestShard(Path folder) throws IOException {
        Map<Path, Long> bytes = new java.util.HashMap<>();
        TensorFiles.open(folder, Qwen2Tensors.of(Qwen2Config.read(folder.resolve("config.json")))).values().forEach(
                entry -> bytes.merge(entry.file(), entry.bytes(), Long::sum));
        return bytes.values().stream().mapToLong(Long::longValue).max().orElseThrow();
    }

    private static List<String> tensorBytes(Path folder, Qwen2Config config) throws IOException {
        List<String> tensors = new ArrayList<>();
        for (TensorEntry entry : TensorFiles.open(folder, Qwen2Tensors.of(config)).values()) {
            byte[] file = Files.readAllBytes(entry.file());
            byte[] data = java.util.Arrays.copyOfRange(file, (int) entry.offset(), (int) (entry.offset() + entry.bytes()));
            tensors.add(entry.name() + " " + entry.dtype() + " " + java.util.HexFormat.of().formatHex(data));
        }
        return tensors;
    }
}
