package thinkj.model;

import com.fasterxml.jackson.databind.node.IntNode;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;
import thinkj.checkpoint.GenerationConfig;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.RandomCheckpoint;
import thinkj.checkpoint.SaveOptions;
import thinkj.io.UserError;
import thinkj.tokenizer.HfTokenizer;
import thinkj.tokenizer.SmallTokenizer;

/** A checkpoint with random weights whose configuration fits the tokenizer that goes with it. */
public final class FreshCheckpoint {
    private FreshCheckpoint() {}

    /**
     * Writes a checkpoint folder.
     *
     * @param tokenizerSource a folder with the tokenizer, or null; its special tokens then end texts
     * @param progress told how many more numbers were written
     */
    public static void write(
            Path folder, Qwen2Config config, long seed, SaveOptions options, Path tokenizerSource, LongConsumer progress) {
        if (tokenizerSource == null) {
            GenerationConfig generation = GenerationConfig.neutral(config.eosTokenIds(), -1);
            RandomCheckpoint.write(folder, config, generation, seed, options, null, progress);
            return;
        }
        try (HfTokenizer tokenizer = HfTokenizer.open(tokenizerSource)) {
            if (tokenizer.size() > config.vocabSize()) {
                throw new UserError(tokenizerSource + ": the tokenizer has " + tokenizer.size() + " ids, vocab_size is " + config.vocabSize()
                        + "; vocab_size must be at least as large");
            }
            int turnEnd = id(tokenizer, tokenizerSource, SmallTokenizer.TURN_END);
            int textEnd = id(tokenizer, tokenizerSource, SmallTokenizer.END_OF_TEXT);
            Qwen2Config fitted =
                    config.with("eos_token_id", IntNode.valueOf(turnEnd)).with("bos_token_id", IntNode.valueOf(textEnd));
            GenerationConfig generation = GenerationConfig.neutral(List.of(turnEnd, textEnd), textEnd);
            RandomCheckpoint.write(folder, fitted, generation, seed, options, tokenizerSource, progress);
        }
    }

    private static int id(HfTokenizer tokenizer, Path source, String token) {
        int id = tokenizer.idOf(token);
        if (id < 0) {
            throw new UserError(source + ": the tokenizer has no token " + token + ", which ends texts");
        }
        return id;
    }
}
