package thinkj.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import thinkj.io.Json;
import thinkj.io.UserError;

/**
 * The architectures of the published Qwen2.5 chat models, in the words of their {@code config.json}, and {@code 50m}: one of 50 million
 * parameters in the proportions of the smallest published one, for trying things out and for benchmarks.
 */
public final class Architectures {

    /** The names, by size. */
    public static final List<String> NAMES =
            List.of("50m", "qwen2.5-0.5b", "qwen2.5-1.5b", "qwen2.5-3b", "qwen2.5-7b", "qwen2.5-14b", "qwen2.5-32b", "qwen2.5-72b");

    private Architectures() {}

    /** One of these architectures by its name, or one of the user's own by its {@code config.json}. */
    public static Qwen2Config of(String nameOrFile) {
        if (NAMES.contains(nameOrFile)) {
            return published(nameOrFile);
        }
        Path file = Path.of(nameOrFile);
        if (!Files.isRegularFile(file)) {
            throw new UserError(nameOrFile + ": neither a file nor one of " + String.join(", ", NAMES));
        }
        return Qwen2Config.read(file);
    }

    private static Qwen2Config published(String name) {
        try (InputStream resource = Architectures.class.getResourceAsStream("architectures/" + name + ".json")) {
            return ConfigJson.parse(Json.MAPPER.readTree(resource), name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
