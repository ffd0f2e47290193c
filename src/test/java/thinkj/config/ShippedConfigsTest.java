package thinkj.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every config that ships loads, and what a run writes of it loads to the same. */
class ShippedConfigsTest {
    /** The recipe by the first word of a file's name. */
    private static final Map<String, Class<? extends Record>> RECIPES =
            Map.of("sft", SftConfig.class, "dpo", DpoConfig.class, "grpo", GrpoConfig.class, "quickstart", QuickstartConfig.class);

    @TempDir
    Path folder;

    @TestFactory
    List<DynamicTest> loads() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("configs"))) {
            List<Path> configs = files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
            assertFalse(configs.isEmpty());
            return configs.stream().map(file -> DynamicTest.dynamicTest(file.toString(), () -> load(file))).toList();
        }
    }

    private void load(Path file) {
        Class<? extends Record> recipe = RECIPES.get(file.getFileName().toString().split("[-.]")[0]);
        Record config = ConfigLoader.load(file, List.of(), recipe);
        Path written = folder.resolve("config.yaml");
        ConfigLoader.write(config, written);
        assertEquals(config, ConfigLoader.load(written, List.of(), recipe));
    }
}
