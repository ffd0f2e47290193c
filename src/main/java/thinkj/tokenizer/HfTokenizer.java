package thinkj.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import thinkj.io.FileErrors;
import thinkj.io.Json;
import thinkj.io.UserError;

/**
 * Hugging Face's own tokenizer library on a checkpoint's {@code tokenizer.json}. Nothing is added, cut or padded, and nothing is fetched
 * from the network. Safe to share between threads.
 */
public final class HfTokenizer implements Tokenizer, AutoCloseable {

    /** The file's name in a checkpoint folder. */
    public static final String FILE = "tokenizer.json";

    static {
        // The library would fetch natives for graphics cards and report its use to its makers.
        System.setProperty("ai.djl.offline", "true");
    }

    private final HuggingFaceTokenizer library;
    private final Map<String, Integer> ids;
    private final Set<Integer> special;
    private final int size;

    private HfTokenizer(HuggingFaceTokenizer library, Map<String, Integer> ids, Set<Integer> special) {
        this.library = library;
        this.ids = ids;
        this.special = special;
        this.size = 1 + ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
    }

    /** Opens the tokenizer of a checkpoint folder. */
    public static HfTokenizer open(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            throw new UserError(folder + ": holds no " + FILE + "; copy the tokenizer files of the checkpoint there");
        }
        Map<String, Integer> ids = new HashMap<>();
        Set<Integer> special = new HashSet<>();
        JsonNode root = Json.read(file);
        root.path("model").path("vocab").properties().forEach(entry -> ids.put(entry.getKey(), entry.getValue().asInt()));
        for (JsonNode token : root.path("added_tokens")) {
            ids.put(token.path("content").asText(), token.path("id").asInt());
            if (token.path("special").asBoolean()) {
                special.add(token.path("id").asInt());
            }
        }
        return new HfTokenizer(library(file), ids, special);
    }

    /** Opens the tokenizer of a checkpoint folder; empty where the folder has none and works with ids alone. */
    public static Optional<HfTokenizer> openIfPresent(Path folder) {
        return Files.exists(folder.resolve(FILE)) ? Optional.of(open(folder)) : Optional.empty();
    }

    private static HuggingFaceTokenizer library(Path file) {
        Map<String, String> options = Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
        try (var in = Files.newInputStream(file)) {
            return HuggingFaceTokenizer.newInstance(in, options);
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        } catch (RuntimeException e) {
            throw new UserError(file + ": the tokenizers library refuses this file: " + e.getMessage(), e);
        }
    }

    @Override
    public int[] encode(String text) {
        return Arrays.stream(library.encode(text, false, false).getIds()).mapToInt(Math::toIntExact).toArray();
    }

    @Override
    public String decode(int[] ids, boolean skipSpecial) {
        return ids.length == 0 ? "" : library.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }

    @Override
    public int idOf(String token) {
        return ids.getOrDefault(token, -1);
    }

    /** The special tokens and their ids, by id. */
    public Map<String, Integer> specialTokens() {
        Map<String, Integer> tokens = new LinkedHashMap<>();
        ids.entrySet().stream()
                .filter(token -> special.contains(token.getValue()))
                .sorted(Map.Entry.comparingByValue())
                .forEach(token -> tokens.put(token.getKey(), token.getValue()));
        return tokens;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void close() {
        library.close();
    }
}
