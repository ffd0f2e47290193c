package thinkj.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import thinkj.Golden;
import thinkj.checkpoint.Dtype;
import thinkj.checkpoint.GenerationConfig;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.RandomCheckpoint;
import thinkj.checkpoint.SaveOptions;
import thinkj.io.Json;

/** The fixtures' tied checkpoint, and a copy of it that has a tokenizer: a token a byte, ChatML's special tokens at the end. */
public final class TinyCheckpoint {
    static final String NAME = "qwen2-tiny-tied";

    private static final String TEMPLATE = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
            + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    private TinyCheckpoint() {}

    /** Without tokenizer files. */
    public static Path folder() {
        return Golden.path(NAME);
    }

    /** A copy with tokenizer files. */
    public static Path withTokenizer(Path target) throws IOException {
        Files.createDirectories(target);
        for (String file : List.of("config.json", "generation_config.json", "model.safetensors")) {
            Files.copy(folder().resolve(file), target.resolve(file));
        }
        return addTokenizer(target);
    }

    /** A random one of another shape, with tokenizer files. */
    public static Path random(Path target, Qwen2Config config) throws IOException {
        GenerationConfig generation = GenerationConfig.neutral(List.of(config.vocabSize() - 1), -1);
        RandomCheckpoint.write(target, config, generation, 5, new SaveOptions(Dtype.F32), null, written -> {});
        return addTokenizer(target);
    }

    private static Path addTokenizer(Path target) throws IOException {
        Json.write(target.resolve("tokenizer.json"), tokenizer(HfCheckpoint.open(target).config().vocabSize()));
        ObjectNode settings = Json.MAPPER.createObjectNode();
        settings.put("chat_template", TEMPLATE);
        Json.write(target.resolve("tokenizer_config.json"), settings);
        return target;
    }

    private static ObjectNode tokenizer(int vocabulary) {
        ObjectNode root = Json.MAPPER.createObjectNode();
        root.put("version", "1.0");
        int id = vocabulary - 3;
        for (String special : List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>")) {
            root.withArray("added_tokens")
                    .addObject()
                    .put("id", id++)
                    .put("content", special)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        for (String step : List.of("pre_tokenizer", "decoder")) {
            ObjectNode bytes = root.putObject(step).put("type", "ByteLevel");
            bytes.put("add_prefix_space", false).put("trim_offsets", false).put("use_regex", false);
        }
        ObjectNode model = root.putObject("model").put("type", "BPE");
        ObjectNode vocab = model.putObject("vocab");
        int shifted = 256;
        for (int b = 0; b < 256; b++) {
            boolean shown = b > ' ' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            vocab.put(Character.toString(shown ? b : shifted++), b);
        }
        for (int unused = 256; unused < vocabulary - 3; unused++) {
            vocab.put("t" + unused, unused); // never encoded, but the model may say it
        }
        model.putArray("merges");
        return root;
    }
}
