package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.stream.Collectors;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.DpoConfig;
import thinkj.data.ChatEncoder;
import thinkj.data.Encoded;
import thinkj.data.Examples;
import thinkj.data.Located;
import thinkj.data.PairEncoder;
import thinkj.data.PairSequences;
import thinkj.data.PreferencePair;
import thinkj.data.TrainingSequence;
import thinkj.io.UserError;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.Tokenizer;

/** Files of preference pairs to token sequences; says what was cut or left out. */
final class DpoData {
    private DpoData() {}

    /** The pairs of the config's files, one file after the other. */
    static Located<PairSequences> read(DpoConfig config, Tokenizer tokenizer, PrintWriter out) {
        Located<PreferencePair> pairs = Examples.pairs(config.data());
        ChatEncoder chat = new ChatEncoder(tokenizer, ChatTemplate.open(HfCheckpoint.tokenizerFolder(config.model()), tokenizer));
        PairEncoder encoder = new PairEncoder(chat, config.cutoffLen(), config.truncation(), ResponseRegions.of(config.prompts()));
        Encoded<PairSequences> encoded = encoder.encode(pairs.examples());
        Located<PairSequences> learnable = pairs.as(encoded).where(DpoData::learnable);
        int lost = encoded.rows().size() - learnable.size();
        String names = config.data().stream().map(Path::toString).collect(Collectors.joining(", "));
        out.println(names + ": " + encoded.counts() + (lost == 0 ? "" : "; " + lost + " left out, a prompt or an answer was cut away"));
        if (learnable.size() == 0) {
            throw new UserError(names + ": no pair has a prompt and two answers left under cutoff_len " + config.cutoffLen() + "; raise it");
        }
        return learnable;
    }

    /** Both answers need a token to learn and a prompt before it; the original's cut can take either away. */
    private static boolean learnable(PairSequences pair) {
        return hasPromptAndAnswer(pair.chosen()) && hasPromptAndAnswer(pair.rejected());
    }

    private static boolean hasPromptAndAnswer(TrainingSequence sequence) {
        return sequence.labelled() > 0 && sequence.labelled() < sequence.length();
    }
}
