package thinkj.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.IntNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.Json;
import thinkj.io.UserError;

class GenerationConfigTest {
    private static final Qwen2Config CONFIG = SmallCheckpoint.CONFIG.with("eos_token_id", IntNode.valueOf(9));

    @TempDir
    Path folder;

    @Test
    void absentFileMeansNeutralAndTheConfigsEnd() {
        assertEquals(GenerationConfig.neutral(List.of(9), -1), GenerationConfig.read(folder, CONFIG));
    }

    @Test
    void endsAreANumberOrAList() {
        write(Map.of("eos_token_id", 4));
        assertEquals(List.of(4), GenerationConfig.read(folder, CONFIG).eosTokenIds());
        write(Map.of("eos_token_id", List.of(4, 5), "top_k", 20, "repetition_penalty", 1.1));
        GenerationConfig read = GenerationConfig.read(folder, CONFIG);
        assertEquals(List.of(4, 5), read.eosTokenIds());
        assertEquals(20, read.topK());
        assertEquals(1.1, read.repetitionPenalty());
        assertEquals(1, read.topP());
    }

    @Test
    void badValuesAreRefusedTogether() {
        write(Map.of("eos_token_id", "end"));
        UserError error = assertThrows(UserError.class, () -> GenerationConfig.read(folder, CONFIG));
        assertEquals(folder.resolve("generation_config.json") + " cannot be used:\n  eos_token_id is \"end\": must be an id or a list of ids",
                error.getMessage());
        write(Map.of("top_p", 1.5));
        error = assertThrows(UserError.class, () -> GenerationConfig.read(folder, CONFIG));
        assertEquals(folder.resolve("generation_config.json") + " cannot be used:\n  top_p is 1.5: must be a number from 0 to 1",
                error.getMessage());
    }

    private void write(Map<String, Object> fields) {
        Json.write(folder.resolve("generation_config.json"), fields);
    }
}
