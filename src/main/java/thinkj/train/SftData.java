package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.SftConfig;
import thinkj.data.ChatEncoder;
import thinkj.data.Encoded;
import thinkj.data.Examples;
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
    List<TrainingSequence> read(List<Path> files) {
        List<SftExample> examples = new ArrayList<>();
        files.forEach(file -> examples.addAll(Examples.sft(file.toString())));
        Encoded<TrainingSequence> encoded = encoder.encode(examples);
        List<TrainingSequence> learnable = encoded.rows().stream().filter(SftData::hasTarget).toList();
        out.println(names(files) + ": " + encoded.counts() + without(encoded.rows().size() - learnable.size()));
        if (learnable.isEmpty()) {
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
