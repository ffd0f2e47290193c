package thinkj.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import thinkj.device.Usage;
import thinkj.evaluate.AnswerLimits;
import thinkj.evaluate.ModelRespondent;
import thinkj.evaluate.TooLong;
import thinkj.evaluate.Wording;
import thinkj.io.UserError;
import thinkj.judge.ParserMode;
import thinkj.judge.PromptKind;

/** The options of every command that asks a model for judgements: the model, the wording, and how long it may go on. */
final class JudgingOptions {
    private static final String FROM_CHECKPOINT = "from_checkpoint";

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Checkpoint with its tokenizer.")
    Path model;

    @Option(names = "--prompt", defaultValue = "strength", paramLabel = "KIND",
            description = "How the model is asked: strength, cot, score or direct. Default: ${DEFAULT-VALUE}.")
    private PromptKind prompt;

    @Mixin
    private PromptsOption prompts;

    @Option(names = "--parser", defaultValue = "strict", paramLabel = "MODE",
            description = "strict: the last verdict outside the thinking. original: as the published program reads. "
                    + "Default: ${DEFAULT-VALUE}.")
    private ParserMode parser;

    @Option(names = "--max-new-tokens", defaultValue = "4096", paramLabel = "N",
            description = "Most tokens of an answer. Default: ${DEFAULT-VALUE}.")
    private int maxNewTokens;

    @Option(names = "--max-length", defaultValue = "8192", paramLabel = "N",
            description = "Most tokens of prompt and answer together, within the model's context. Default: ${DEFAULT-VALUE}.")
    private int maxLength;

    @Option(names = "--too-long", defaultValue = "error", paramLabel = "POLICY",
            description = "Prompts longer than max-length less max-new-tokens: error (nothing is asked), drop (their rows are left out and "
                    + "counted) or middle (responses are cut in the middle). Default: ${DEFAULT-VALUE}.")
    TooLong tooLong;

    @Option(names = "--batch", defaultValue = "32", paramLabel = "N",
            description = "Most answers under way at once. Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Mixin
    private EngineOptions engine;

    @Option(names = "--repetition-penalty", defaultValue = "1", paramLabel = "NUMBER|" + FROM_CHECKPOINT,
            description = "1 for none, as the published program; from_checkpoint for that of generation_config.json, which transformers "
                    + "applies to greedy decoding too. Default: ${DEFAULT-VALUE}.")
    private String repetitionPenalty;

    Wording wording() {
        return new Wording(prompts.prompts(), prompt, parser);
    }

    ModelRespondent open() {
        AnswerLimits limits = new AnswerLimits(maxNewTokens, maxLength, batch, engine.cacheBytes(), penalty());
        return ModelRespondent.open(model, engine.engine(), limits);
    }

    /** How the answers came, for the end of a run; nothing where none were asked for. */
    static String summary(ModelRespondent respondent) {
        return respondent.stats().map(stats -> "generated " + stats.summary() + peak() + "\n").orElse("");
    }

    private static String peak() {
        OptionalLong peak = Usage.peakResident();
        return peak.isEmpty() ? "" : String.format(Locale.ROOT, "; %.2f GB resident at most", peak.getAsLong() / 1e9);
    }

    private OptionalDouble penalty() {
        if (repetitionPenalty.equals(FROM_CHECKPOINT)) {
            return OptionalDouble.empty();
        }
        try {
            return OptionalDouble.of(Double.parseDouble(repetitionPenalty));
        } catch (NumberFormatException e) {
            throw new UserError("repetition-penalty: " + repetitionPenalty + ", must be a number or " + FROM_CHECKPOINT, e);
        }
    }
}
