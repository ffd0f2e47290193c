package thinkj.evaluate;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import thinkj.evaluate.Questionnaire.Encoding;
import thinkj.generate.Completed;
import thinkj.generate.GenerationListener;
import thinkj.generate.GenerationRequest;
import thinkj.generate.GenerationResult;
import thinkj.generate.GenerationStats;
import thinkj.generate.Generator;
import thinkj.generate.ModelFiles;
import thinkj.generate.SamplingOptions;
import thinkj.io.Fingerprint;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.Message;
import thinkj.tokenizer.SmallTokenizer;

/** A checkpoint that answers greedily under its own chat template. Its weights are loaded when the first answer is needed. */
public final class ModelRespondent implements Respondent, AutoCloseable {
    private final ModelFiles files;
    private final ChatTemplate template;
    private final Engine engine;
    private final AnswerLimits limits;
    private Qwen2Model model;
    private GenerationStats stats;

    private ModelRespondent(ModelFiles files, Engine engine, AnswerLimits limits) {
        this.files = files;
        this.engine = engine;
        this.template = files.template();
        this.limits = limits;
    }

    /**
     * Opens a checkpoint folder with its tokenizer.
     *
     * @param engine what answers are computed with; becomes the respondent's own
     */
    public static ModelRespondent open(Path folder, Engine engine, AnswerLimits limits) {
        ModelFiles files = ModelFiles.open(folder);
        limits.promptLimit(files.config().maxPositionEmbeddings());
        if (files.tokenizer() == null) {
            throw new UserError(folder + ": has no tokenizer.json; judging needs the checkpoint's tokenizer files");
        }
        return new ModelRespondent(files, engine, limits);
    }

    @Override
    public Encoding encoding() {
        return new Encoding(files.tokenizer(), this::chat, limits.promptLimit(files.config().maxPositionEmbeddings()));
    }

    private String chat(String userText) {
        return template.render(List.of(new Message("user", userText)), true);
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        Fingerprint fingerprint = new Fingerprint().checkpoint(files.folder());
        if (!files.baseFolder().equals(files.folder())) {
            fingerprint.checkpoint(files.baseFolder());
        }
        settings.put("model_sha256", fingerprint.hex());
        settings.put("max_new_tokens", limits.maxNewTokens());
        settings.put("repetition_penalty", penalty());
        settings.put("precision", engine.precision().name().toLowerCase(Locale.ROOT));
        return settings;
    }

    @Override
    public void generate(List<int[]> prompts, Receiver receiver) {
        if (model == null) {
            model = files.loadForGeneration(engine);
        }
        List<GenerationRequest> requests = IntStream.range(0, prompts.size())
                .mapToObj(i -> new GenerationRequest(i, prompts.get(i)))
                .toList();
        Teller teller = new Teller(receiver);
        new Generator(model, files.tokenizer(), limits.generation()).generate(requests, options(), teller);
        stats = teller.stats;
        if (teller.failed > 0) {
            throw new UserError(String.format(
                    "%d of %d prompts got no answer, the first since %s", teller.failed, prompts.size(), teller.firstError));
        }
    }

    /** How fast the answers of the last call came, and how much of their prompts was shared; empty where there were none. */
    public Optional<GenerationStats> stats() {
        return Optional.ofNullable(stats);
    }

    /** Passes answers on with the time from when each was taken up. */
    private static final class Teller implements GenerationListener {
        private final Receiver receiver;
        private GenerationStats stats;
        private int failed;
        private String firstError;

        Teller(Receiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public void stepped(GenerationStats now) {
            stats = now;
            receiver.going(now.now());
        }

        @Override
        public void completed(Completed completed) {
            GenerationResult result = completed.result();
            if (result.failed()) {
                firstError = failed++ == 0 ? result.error() : firstError;
                return;
            }
            Answer answer = new Answer(result.text(), result.ids().length, result.finishReason());
            receiver.accept(completed.requestPosition(), answer, result.times().underWay());
        }
    }

    private SamplingOptions options() {
        Set<Integer> stopIds = new HashSet<>(files.generationConfig().eosTokenIds());
        // A base model's settings may know the end of a text alone; a judge trained from it ends its turn.
        int turnEnd = files.tokenizer().idOf(SmallTokenizer.TURN_END);
        if (turnEnd >= 0) {
            stopIds.add(turnEnd);
        }
        return new SamplingOptions(true, 1, 0, 1, penalty(), 0, limits.maxNewTokens(), stopIds, List.of());
    }

    private double penalty() {
        return limits.repetitionPenalty().orElse(files.generationConfig().repetitionPenalty());
    }

    @Override
    public void close() {
        if (model != null) {
            model.close();
        }
        files.close();
    }
}
