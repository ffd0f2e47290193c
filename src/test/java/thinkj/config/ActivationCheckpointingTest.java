package thinkj.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import thinkj.io.UserError;

class ActivationCheckpointingTest {
    private static final Path CONFIG = Path.of("configs/qwen2.5-0.5b/sft-judge.yaml");

    @TempDir
    Path folder;

    private static SftConfig load(String setting) {
        return ConfigLoader.load(CONFIG, List.of("activation_checkpointing=" + setting), SftConfig.class);
    }

    @Test
    void everyFormIsRead() {
        assertEquals(ActivationCheckpointing.AUTO, load("auto").activationCheckpointing());
        assertEquals(ActivationCheckpointing.OFF, load("off").activationCheckpointing());
        assertEquals(ActivationCheckpointing.LAYERS, load("layers").activationCheckpointing());
        ActivationCheckpointing within = load("auto:4GB").activationCheckpointing();
        assertEquals(ActivationCheckpointing.Kind.AUTO, within.kind());
        assertEquals(OptionalLong.of(4_000_000_000L), within.bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "off", "layers", "auto:4GB"})
    void whatIsWrittenIsRead(String setting) {
        Path copy = folder.resolve("copy.yaml");
        ConfigLoader.write(load(setting), copy);
        assertEquals(load(setting), ConfigLoader.load(copy, List.of(), SftConfig.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "true", "Auto", "4GB", "auto:4", "auto:", "layers:4GB", "null", "[auto]", "{kind: auto}"})
    void anythingElseIsRefused(String setting) {
        String message = assertThrows(UserError.class, () -> load(setting)).getMessage();
        assertTrue(message.startsWith("command line: activation_checkpointing: "), message);
        assertTrue(message.endsWith(", must be auto, auto:SIZE such as auto:4GB, off or layers"), message);
    }
}
