package thinkj.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import thinkj.RealData;
import thinkj.io.UserError;

class ArchitecturesTest {

    /** Counts that the published checkpoints' own pages state, by their safetensors files. */
    @ParameterizedTest
    @CsvSource({
        "qwen2.5-0.5b, 494032768",
        "qwen2.5-1.5b, 1543714304",
        "qwen2.5-3b, 3085938688",
        "qwen2.5-7b, 7615616512",
        "qwen2.5-14b, 14770033664",
        "qwen2.5-32b, 32763876352",
        "qwen2.5-72b, 72706203648"
    })
    void everyPublishedSizeHasItsNumberOfParameters(String name, long parameters) {
        assertEquals(parameters, Qwen2Tensors.parameters(Architectures.of(name)));
    }

    @Test
    void publishedFilesSayTheSame() {
        Map.of("qwen2.5-0.5b", "config-0.5B-instruct.json", "qwen2.5-1.5b", "config-1.5B-instruct.json", "qwen2.5-7b", "config-7B-instruct.json")
                .forEach((name, file) -> {
                    Qwen2Config published = Qwen2Config.read(RealData.folder("qwen2.5").resolve(file));
                    Qwen2Config ours = Architectures.of(name);
                    assertEquals(published, ours.with("transformers_version", published.otherFields().get("transformers_version")));
                });
    }

    @Test
    void unknownNamesAreAnsweredWithTheKnownOnes() {
        UserError error = assertThrows(UserError.class, () -> Architectures.of("qwen3"));
        assertEquals("qwen3: neither a file nor one of 50m, qwen2.5-0.5b, qwen2.5-1.5b, qwen2.5-3b, qwen2.5-7b, qwen2.5-14b,"
                + " qwen2.5-32b, qwen2.5-72b", error.getMessage());
    }
}
