package thinkj.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.UserError;

class SftConfigTest {
    private static final Path CONFIGS = Path.of("configs");

    @TempDir
    Path folder;

    private static List<Path> shipped() throws IOException {
        try (Stream<Path> files = Files.walk(CONFIGS)) {
            return files.filter(file -> file.getFileName().toString().matches("sft.*\\.yaml")).sorted().toList();
        }
    }

    @Test
    void everyShippedConfigLoadsAndIsReadBackAsWritten() throws IOException {
        assertTrue(shipped().size() >= 6, "judge and critic of three sizes: " + shipped());
        for (Path file : shipped()) {
            SftConfig config = ConfigLoader.load(file, List.of(), SftConfig.class);
            Path copy = folder.resolve("copy.yaml");
            ConfigLoader.write(config, copy);
            assertEquals(config, ConfigLoader.load(copy, List.of(), SftConfig.class), file.toString());
        }
    }

    @Test
    void whatIsWrongIsToldTogether() throws IOException {
        Path file = folder.resolve("bad.yaml");
        String good = Files.readString(CONFIGS.resolve("qwen2.5-0.5b/sft-judge.yaml"));
        Files.writeString(file, good.replace("epochs: 3", "epochs: 0").replace("max_steps: null", "max_steps: -1")
                .replace("beta1: 0.9\n", "beta1: 1.5\n").replace("batch_size: 8\n", "batch_size: 8.5\n").replace("shuffle: true\n", "")
                .replace("precision: bf16", "precision: fp16").replace("kernels: auto", "kernels: cuda"));
        String message = assertThrows(UserError.class, () -> ConfigLoader.load(file, List.of(), SftConfig.class)).getMessage();
        for (String part : List.of(
                "epochs: 0, must be at least 1",
                "max_steps: -1, must be at least 1, or null",
                "optimizer.beta1: 1.5, must be at least 0 and less than 1",
                "batch_size: 8.5, must be an integer (32 bits)",
                "shuffle: missing, must be true or false",
                "precision: fp16, must be one of fp32, bf16",
                "kernels: cuda, must be one of auto, onednn, nd4j")) {
            assertTrue(message.contains(part), part + " in " + message);
        }
    }
}
