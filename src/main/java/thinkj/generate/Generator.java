package thinkj.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import thinkj.checkpoint.Qwen2Config;
import thinkj.io.UserError;
import thinkj.model.MemoryNeeds;
import thinkj.model.Qwen2Model;
import thinkj.runtime.Lanes;
import thinkj.runtime.Rematerialisation;
import thinkj.tokenizer.Tokenizer;

/**
 * Continues many prompts at once, of any lengths: checks them, fits them into memory ({@link Waves}) and decodes them
 * ({@link DecodeLoop}). A sample depends on its prompt, the seed and its own index alone.
 *
 * <p>Left out: a prefill shared by the samples of one prompt, and beam search.
 */
public final class Generator {
    /** Prompt tokens fed in one step: enough to fill matrix products, few enough to bound activations. */
    private static final int PREFILL_TOKENS = 512;

    private final Decoder.Factory decoders;
    private final PromptRules rules;
    private final Waves waves;
    private final Tokenizer tokenizer;
    private final int prefillTokens;
    private final int lanes;

    /**
     * @param tokenizerOrNull without one, results have no text and stop strings are refused
     * @param maxRows most sequences decoded at once; memory may allow fewer
     */
    public Generator(Qwen2Model model, Tokenizer tokenizerOrNull, int maxRows) {
        this(
                (slots, capacity) -> new CachedDecoder(model, slots, capacity),
                rules(model.config()),
                new Waves(maxRows, cachePerToken(model), CacheMemory.budget())
                        .shared(Lanes.forWidth(model.config().hiddenSize())),
                tokenizerOrNull,
                PREFILL_TOKENS,
                Lanes.forWidth(model.config().hiddenSize()));
    }

    /** @param lanes how many decoders run side by side, each with its own share of the requests */
    Generator(Decoder.Factory decoders, PromptRules rules, Waves waves, Tokenizer tokenizer, int prefillTokens, int lanes) {
        if (waves.maxRows() < 1) {
            throw new IllegalArgumentException("max_rows: " + waves.maxRows() + ", must be at least 1");
        }
        this.decoders = decoders;
        this.rules = rules;
        this.waves = waves;
        this.tokenizer = tokenizer;
        this.prefillTokens = prefillTokens;
        this.lanes = lanes;
    }

    private static long cachePerToken(Qwen2Model model) {
        return new MemoryNeeds(model.config(), model.precision(), Rematerialisation.OFF).cachePerToken();
    }

    /** What prompts a model can take. */
    public static PromptRules rules(Qwen2Config config) {
        return new PromptRules(config.vocabSize(), config.maxPositionEmbeddings());
    }

    /**
     * Continues all requests.
     *
     * @param onCompleted told of each as soon as it is done, in the order they finish
     * @return results in the order of the requests
     */
    public List<GenerationResult> generate(
            List<GenerationRequest> requests, SamplingOptions options, Consumer<Completed> onCompleted) {
        return generate(requests, options, new GenerationListener() {
            @Override
            public void completed(Completed completed) {
                onCompleted.accept(completed);
            }
        });
    }

    /** Continues all requests; the results are in the order of the requests. */
    public List<GenerationResult> generate(
            List<GenerationRequest> requests, SamplingOptions options, GenerationListener listener) {
        check(requests, options);
        int[] lengths = new int[requests.size()];
        for (int i = 0; i < lengths.length; i++) {
            int prompt = requests.get(i).promptIds().length;
            lengths[i] = prompt + mostNew(prompt, options) - 1; // the last token is never fed
        }
        GenerationResult[] results = new GenerationResult[requests.size()];
        GenerationListener told = lanes == 1 ? listener : new OneAtATime(listener);
        int inLanes = Math.min(lanes, Math.max(1, requests.size()));
        Lanes.run(inLanes, lane -> {
            int[] members = IntStream.range(0, lengths.length).filter(i -> i % inLanes == lane).toArray();
            decode(requests, members, lengths, options, told, results);
            return null;
        });
        return List.of(results);
    }

    /** Continues some of the requests. */
    private void decode(
            List<GenerationRequest> requests,
            int[] members,
            int[] lengths,
            SamplingOptions options,
            GenerationListener listener,
            GenerationResult[] results) {
        DecodeLoop loop = new DecodeLoop(options, rules.vocabulary(), prefillTokens, waves.maxRows(), listener);
        for (Waves.Wave wave : waves.plan(Arrays.stream(members).map(i -> lengths[i]).toArray())) {
            Iterator<Row> rows = Arrays.stream(wave.members())
                    .map(i -> members[i])
                    .mapToObj(i -> row(requests.get(i), i, options))
                    .iterator();
            try (Decoder decoder = decoders.open(wave.slots(), wave.capacity())) {
                loop.run(decoder, wave.slots(), rows, row -> {
                    results[row.position()] = row.result();
                    listener.completed(new Completed(row.position(), results[row.position()]));
                });
            }
        }
    }

    private Row row(GenerationRequest request, int position, SamplingOptions options) {
        return new Row(request, position, options, mostNew(request.promptIds().length, options), rules.vocabulary(), tokenizer);
    }

    private int mostNew(int promptLength, SamplingOptions options) {
        return Math.min(options.maxNewTokens(), rules.context() - promptLength);
    }

    private void check(List<GenerationRequest> requests, SamplingOptions options) {
        List<String> problems = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            String place = "request " + i + ": ";
            rules.promptProblem(requests.get(i).promptIds()).ifPresent(problem -> problems.add(place + problem));
        }
        problems.addAll(options.problems(tokenizer));
        if (!problems.isEmpty()) {
            throw new UserError(String.join("\n", problems));
        }
    }
}
