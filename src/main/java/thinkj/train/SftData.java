package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.SftConfig;
import thinkj.data.ChatEncoder;
import thinkj.data.Encoded;
import thinkj.data.Examples;
import thinkj.data.Located;
import thinkj.data.SftEncoder;
import thinkj.data.SftExample;
import thinkj.data.TrainingSequence;
import thinkj.io.UserError;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.Tokenizer;

/** Files of examples to token sequences that have something to learn; says what was cut or left out. */
final class SftData {
    private final SftConfig config;
    private final SftEncoder encoder;
    private final PrintWriter out;

    SftData(SftConfig config, Tokenizer tokenizer, PrintWriter out) {
        this.config = config;
        ChatEncoder chat = new ChatEncoder(tokenizer, ChatTemplate.open(HfCheckpoint.tokenizerFolder(config.model()), tokenizer));
        this.encoder = new SftEncoder(chat, config.cutoffLen(), config.truncation(), ResponseRegions.of(config.prompts()));
        this.out = out;
    }

    /** The sequences of some files, one file after the other. */
    Located<TrainingSequence> read(List<Path> files) {
        Located<SftExample> rows = Examples.sft(files);
        Encoded<TrainingSequence> encoded = encoder.encode(rows.examples());
        Located<TrainingSequence> learnable = rows.as(encoded).where(SftData::hasTarget);
        out.println(names(files) + ": " + encoded.counts() + without(encoded.rows().size() - learnable.size()));
        if (learnable.size() == 0) {
            throw new UserError(names(files) + ": no row has a token left to learn under cutoff_len " + config.cutoffLen() + "; raise it");
        }
        return learnable;
    }

    private static String without(int rows) {
        return rows == 0 ? "" : "; " + rows + " left out, nothing to learn was left of them";
    }

    private static String names(List<Path> files) {
        return String.join(", ", files.stream().map(Path::toString).toList());
    }

    /** The first token has nothing before it that could predict it. */
    private static boolean hasTarget(TrainingSequence sequence) {
        for (int t = 1; t < sequence.length(); t++) {
            if (sequence.labels()[t]) {
                return true;
            }
        }
        return false;
    }
}
