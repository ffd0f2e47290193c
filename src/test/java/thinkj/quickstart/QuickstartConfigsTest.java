package thinkj.quickstart;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import thinkj.config.ConfigLoader;
import thinkj.config.DpoConfig;
import thinkj.config.GrpoConfig;
import thinkj.config.QuickstartConfig;
import thinkj.config.SftConfig;

class QuickstartConfigsTest {

    @Test
    void everyPathOfTheQuickstartIsThere() {
        QuickstartConfig config = ConfigLoader.load(Quickstart.CONFIG, List.of(), QuickstartConfig.class);
        for (Path path : List.of(config.model(), config.prompts(), config.sftJudge(), config.sftCritic(), config.dpo(), config.grpo())) {
            assertTrue(Files.exists(path), path.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft-base", "sft-judge", "sft-critic"})
    void supervisedStagesLoad(String stage) {
        ConfigLoader.load(file(stage), List.of(), SftConfig.class);
    }

    @Test
    void preferenceAndReinforcementStagesLoad() {
        ConfigLoader.load(file("dpo"), List.of(), DpoConfig.class);
        ConfigLoader.load(file("grpo"), List.of(), GrpoConfig.class);
    }

    private static Path file(String stage) {
        return Path.of("configs", "quickstart", stage + ".yaml");
    }
}
