package thinkj.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.checkpoint.GenerationConfig;
import thinkj.config.RolloutSettings;
import thinkj.data.TrainingSequence;
import thinkj.generate.Completed;
import thinkj.generate.Generation;
import thinkj.generate.GenerationListener;
import thinkj.generate.GenerationRequest;
import thinkj.generate.GenerationResult;
import thinkj.generate.GenerationStats;
import thinkj.generate.Generator;
import thinkj.generate.LogitsNotFinite;
import thinkj.generate.SamplingOptions;
import thinkj.io.LineLog;
import thinkj.io.UserError;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.Tokenizer;

/**
 * Answers of the policy as it stands: the generator takes the weights that are trained, or what is made of them, once after an update, where
 * it has them in another order or type. No repetition penalty, whatever the checkpoint says: a penalised sample is not the policy's own.
 *
 * <p>Of answers that a stopped process has left, only those that are missing are sampled where a sample is the same in any company. Where it
 * is not (bf16, int8), all that are asked for together are sampled together again unless all are there: what is missing would come out
 * otherwise among fewer, and the run would not end as if it had never stopped.
 */
final class Rollouts {
    private static final Logger LOG = LoggerFactory.getLogger(Rollouts.class);
    private static final double NO_PENALTY = 1;

    private final Generator generator;
    private final Tokenizer tokenizer;
    private final RolloutSettings settings;
    private final long seed;
    private final boolean sameInAnyCompany;
    private final Set<Integer> stopIds;

    /** @param cacheBytes memory for the KV cache */
    Rollouts(Qwen2Model model, Tokenizer tokenizer, RolloutSettings settings, long cacheBytes, GenerationConfig generation, long seed) {
        this.generator = new Generator(model, tokenizer, new Generator.Limits(settings.maxRows(), OptionalLong.of(cacheBytes)));
        this.tokenizer = tokenizer;
        this.settings = settings;
        this.seed = seed;
        this.sameInAnyCompany = model.sameInAnyCompany();
        this.stopIds = Set.copyOf(generation.eosTokenIds());
    }

    /**
     * Samples n answers to each prompt; those of a prompt stand together.
     *
     * @param firstIndex index of the first answer's random stream; each has its own
     * @throws Stopped where the watch says so, once those that are finished are in its log
     * @throws NoToken where the model gives no finite logits
     */
    List<Answer> sample(List<GrpoPrompt> prompts, int n, long firstIndex, Watch watch) {
        List<GenerationRequest> requests = requests(prompts, n, firstIndex);
        List<GenerationRequest> missing = missing(requests, watch);
        Teller teller = new Teller(requests.size(), missing, watch);
        List<GenerationResult> results = generate(missing, options(false), teller, i -> prompts.get(Math.toIntExact(i - firstIndex) / n), n);
        Map<Long, RolloutLog.Sampled> sampled = new HashMap<>();
        for (int i = 0; i < missing.size(); i++) {
            sampled.put(missing.get(i).index(), sampled(results.get(i)));
        }
        return answers(prompts, n, requests.stream()
                .map(request -> sampled.getOrDefault(request.index(), watch.there(request.index())))
                .toList());
    }

    private List<GenerationRequest> missing(List<GenerationRequest> requests, Watch watch) {
        List<GenerationRequest> missing = requests.stream().filter(request -> watch.there(request.index()) == null).toList();
        if (sameInAnyCompany || missing.isEmpty() || missing.size() == requests.size()) {
            return missing;
        }
        LOG.info("{} of {} answers are missing; all are sampled again, since rollout.precision rounds them by what is sampled together",
                missing.size(), requests.size());
        return requests;
    }

    /** Begins n answers to each prompt, with memory for their whole lengths, and ends those that are longer after so many tokens. */
    List<Answer> begin(List<GrpoPrompt> prompts, int n, int tokens) {
        List<GenerationRequest> requests = requests(prompts, n, 0);
        Ender ender = new Ender(requests.size(), tokens);
        try (Generation generation = generator.open(options(false), ender)) {
            ender.of = generation;
            requests.forEach(generation::add);
            generation.run();
            List<GenerationResult> results = IntStream.range(0, requests.size()).mapToObj(generation::result).toList();
            refuseErrors(results);
            return answers(prompts, n, results.stream().map(Rollouts::sampled).toList());
        }
    }

    /** Ends answers after so many tokens. */
    private static final class Ender implements GenerationListener {
        private final int[] counts;
        private final int tokens;
        private Generation of;

        Ender(int requests, int tokens) {
            this.counts = new int[requests];
            this.tokens = tokens;
        }

        @Override
        public void token(int requestPosition, int id) {
            if (++counts[requestPosition] == tokens) {
                of.cancel(requestPosition);
            }
        }
    }

    /**
     * The likeliest answer to each prompt.
     *
     * @throws NoToken where the model gives no finite logits
     */
    List<Answer> greedy(List<GrpoPrompt> prompts) {
        List<GenerationResult> results = generate(
                requests(prompts, 1, 0), options(true), new GenerationListener() {}, i -> prompts.get(Math.toIntExact(i)), 1);
        return answers(prompts, 1, results.stream().map(Rollouts::sampled).toList());
    }

    /** @param prompts by the index of a request */
    private List<GenerationResult> generate(
            List<GenerationRequest> requests, SamplingOptions options, GenerationListener listener, LongFunction<GrpoPrompt> prompts, int n) {
        try {
            List<GenerationResult> results = generator.generate(requests, options, listener);
            refuseErrors(results);
            return results;
        } catch (LogitsNotFinite e) {
            throw new NoToken(prompts.apply(e.sample()), (int) (e.sample() % n) + 1, e);
        }
    }

    /** The likeliest answers to followed prompts, in the words of this sampling. */
    FollowedAnswers following(LineLog log, FollowedPrompts followed, int totalSteps, RewardRunner runner) {
        return new FollowedAnswers(log, followed, generator, tokenizer, stopIds, totalSteps, Optional.of(runner));
    }

    private static List<GenerationRequest> requests(List<GrpoPrompt> prompts, int n, long firstIndex) {
        List<GenerationRequest> requests = new ArrayList<>(prompts.size() * n);
        for (int i = 0; i < prompts.size() * n; i++) {
            requests.add(new GenerationRequest(firstIndex + i, prompts.get(i / n).ids()));
        }
        return requests;
    }

    private static RolloutLog.Sampled sampled(GenerationResult result) {
        return new RolloutLog.Sampled(result.ids(), result.logProbs());
    }

    private List<Answer> answers(List<GrpoPrompt> prompts, int n, List<RolloutLog.Sampled> sampled) {
        List<Answer> answers = new ArrayList<>(sampled.size());
        for (int i = 0; i < sampled.size(); i++) {
            int[] ids = sampled.get(i).ids();
            boolean truncated = !stopIds.contains(ids[ids.length - 1]);
            answers.add(new Answer(
                    prompts.get(i / n), i / n, i % n + 1, ids, sampled.get(i).logProbs(), truncated, tokenizer.decode(ids, false)));
        }
        return answers;
    }

    private static void refuseErrors(List<GenerationResult> results) {
        for (GenerationResult result : results) {
            if (result.failed()) {
                throw new UserError("rollout: " + result.error());
            }
        }
    }

    /**
     * Who follows the sampling of a step.
     *
     * @param log has what was sampled before and takes every answer as it is finished; empty where nothing is to be written
     * @param going hears, in a few words, how it goes
     * @param stop whether to give up
     */
    record Watch(Optional<RolloutLog.Step> log, Consumer<String> going, BooleanSupplier stop) {
        /** Nobody does. */
        static final Watch NOBODY = new Watch(Optional.empty(), words -> {}, () -> false);

        /** What was sampled before, or null. */
        private RolloutLog.Sampled there(long index) {
            return log.map(step -> step.get(index)).orElse(null);
        }
    }

    /** A model gave logits that are not finite, of which no token can be chosen. */
    static final class NoToken extends RuntimeException {
        private final GrpoPrompt prompt;
        private final String answer;

        NoToken(GrpoPrompt prompt, int sample, LogitsNotFinite cause) {
            super("the logits of an answer's token " + (cause.token() + 1) + " are not finite", cause);
            this.prompt = prompt;
            this.answer = Answer.name(prompt, sample);
        }

        /** With where the model's first numbers that are not finite come from, if its pass over the prompt alone has any. */
        NotFinite with(Function<TrainingSequence, Optional<String>> fault) {
            int[] ids = prompt.ids();
            int last = ids.length - 1;
            Optional<String> found = last == 0
                    ? Optional.empty()
                    : fault.apply(TrainingSequence.of(Arrays.copyOf(ids, last), Arrays.copyOfRange(ids, last, ids.length)));
            return new NotFinite(getMessage()).in(answer, found
                    .map(first -> NotFinite.origin(Optional.of(first)))
                    .orElse("the prompt alone is finite, computed as for training"));
        }
    }

    /** Sampling was given up. */
    static final class Stopped extends RuntimeException {
        Stopped() {
            super("sampling was stopped");
        }
    }

    /** Notes every answer, and says how many are there and how fast tokens come. */
    private static final class Teller implements GenerationListener {
        private final int total;
        private final List<GenerationRequest> requests;
        private final Watch watch;
        private int finished;

        Teller(int total, List<GenerationRequest> requests, Watch watch) {
            this.total = total;
            this.requests = requests;
            this.watch = watch;
            this.finished = total - requests.size();
        }

        @Override
        public void completed(Completed completed) {
            finished++;
            if (!completed.result().failed()) {
                long index = requests.get(completed.requestPosition()).index();
                watch.log().ifPresent(log -> log.add(index, sampled(completed.result()), completed.result().text()));
            }
        }

        @Override
        public void stepped(GenerationStats stats) {
            if (watch.stop().getAsBoolean()) {
                throw new Stopped();
            }
            watch.going().accept(finished + " of " + total + " answers, " + stats.now());
        }
    }

    private SamplingOptions options(boolean greedy) {
        return new SamplingOptions(
                greedy,
                settings.temperature(),
                settings.topK(),
                settings.topP(),
                NO_PENALTY,
                seed,
                settings.maxResponseLength(),
                stopIds,
                List.of());
    }
}
