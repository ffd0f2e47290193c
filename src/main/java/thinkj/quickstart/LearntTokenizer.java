package thinkj.quickstart;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import thinkj.io.Json;

/**
 * Writes the files of a small tokenizer in the form of Qwen2.5's: byte-level BPE, ChatML's special tokens last, a chat template without
 * a system message of its own.
 */
final class LearntTokenizer {
    private static final String END_OF_TEXT = "<|endoftext|>";
    private static final String MESSAGE_END = "<|im_end|>";
    private static final List<String> SPECIAL = List.of(END_OF_TEXT, "<|im_start|>", MESSAGE_END);

    private static final String CHAT_TEMPLATE = """
            {%- for message in messages %}
                {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|im_start|>assistant\\n' }}
            {%- endif %}
            """;

    private LearntTokenizer() {}

    /**
     * Learns a vocabulary and writes {@code tokenizer.json} and {@code tokenizer_config.json}.
     *
     * @return number of tokens, the special ones included
     */
    static int write(Collection<String> texts, int mostMerges, int context, Path folder) {
        BytePairs pairs = BytePairs.learn(texts, mostMerges);
        Map<String, Integer> vocabulary = pairs.vocabulary();
        Json.write(folder.resolve("tokenizer.json"), tokenizer(pairs, vocabulary));
        Json.write(folder.resolve("tokenizer_config.json"), config(vocabulary.size(), context));
        return vocabulary.size() + SPECIAL.size();
    }

    private static ObjectNode tokenizer(BytePairs pairs, Map<String, Integer> vocabulary) {
        ObjectNode root = object();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        for (int i = 0; i < SPECIAL.size(); i++) {
            ObjectNode token = special(SPECIAL.get(i));
            token.put("id", vocabulary.size() + i);
            added.add(token);
        }
        root.putObject("normalizer").put("type", "NFC");
        ArrayNode steps = root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", BytePairs.WORDS);
        split.put("behavior", "Isolated").put("invert", false);
        steps.add(byteLevel());
        root.set("post_processor", byteLevel());
        root.set("decoder", byteLevel());
        root.set("model", model(pairs, vocabulary));
        return root;
    }

    private static ObjectNode model(BytePairs pairs, Map<String, Integer> vocabulary) {
        ObjectNode model = object().put("type", "BPE").putNull("dropout").putNull("unk_token");
        model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "").put("fuse_unk", false).put("byte_fallback", false);
        ObjectNode ids = model.putObject("vocab");
        vocabulary.forEach(ids::put);
        ArrayNode merges = model.putArray("merges");
        pairs.merges().forEach(merge -> merges.add(merge.left() + " " + merge.right()));
        return model;
    }

    private static ObjectNode byteLevel() {
        return object().put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", false).put("use_regex", false);
    }

    private static ObjectNode special(String content) {
        return object().put("content", content).put("single_word", false).put("lstrip", false).put("rstrip", false)
                .put("normalized", false).put("special", true);
    }

    private static ObjectNode config(int firstSpecial, int context) {
        ObjectNode config = object().put("tokenizer_class", "Qwen2Tokenizer").put("add_bos_token", false);
        ObjectNode decoder = config.putObject("added_tokens_decoder");
        for (int i = 0; i < SPECIAL.size(); i++) {
            decoder.set(Integer.toString(firstSpecial + i), special(SPECIAL.get(i)));
        }
        config.putNull("bos_token").put("eos_token", MESSAGE_END).put("pad_token", END_OF_TEXT).putNull("unk_token");
        config.put("errors", "replace").put("model_max_length", context).put("clean_up_tokenization_spaces", false);
        return config.put("chat_template", CHAT_TEMPLATE);
    }

    private static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }
}
