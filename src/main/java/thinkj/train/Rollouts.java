package thinkj.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import thinkj.checkpoint.GenerationConfig;
import thinkj.config.RolloutSettings;
import thinkj.generate.Completed;
import thinkj.generate.GenerationListener;
import thinkj.generate.GenerationRequest;
import thinkj.generate.GenerationResult;
import thinkj.generate.GenerationStats;
import thinkj.generate.Generator;
import thinkj.generate.SamplingOptions;
import thinkj.io.UserError;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.Tokenizer;

/**
 * Answers of the policy as it stands: the generator takes the weights that are trained, or what is made of them, once after an update, where
 * it has them in another order or type. No repetition penalty, whatever the checkpoint says: a penalised sample is not the policy's own.
 */
final class Rollouts {
    private static final double NO_PENALTY = 1;

    private final Generator generator;
    private final Tokenizer tokenizer;
    private final RolloutSettings settings;
    private final long seed;
    private final Set<Integer> stopIds;

    Rollouts(Qwen2Model model, Tokenizer tokenizer, RolloutSettings settings, GenerationConfig generation, long seed) {
        this.generator = new Generator(model, tokenizer, new Generator.Limits(settings.maxRows(), settings.cacheBytes()));
        this.tokenizer = tokenizer;
        this.settings = settings;
        this.seed = seed;
        this.stopIds = Set.copyOf(generation.eosTokenIds());
    }

    /**
     * Samples n answers to each prompt; those of a prompt stand together.
     *
     * @param firstIndex index of the first answer's random stream; each has its own
     * @param going hears, in a few words, how it goes
     */
    List<Answer> sample(List<GrpoPrompt> prompts, int n, long firstIndex, Consumer<String> going) {
        return answers(prompts, n, firstIndex, options(false), going);
    }

    /** The likeliest answer to each prompt. */
    List<Answer> greedy(List<GrpoPrompt> prompts) {
        return answers(prompts, 1, 0, options(true), going -> {});
    }

    private List<Answer> answers(List<GrpoPrompt> prompts, int n, long firstIndex, SamplingOptions options, Consumer<String> going) {
        List<GenerationRequest> requests = new ArrayList<>(prompts.size() * n);
        for (int i = 0; i < prompts.size() * n; i++) {
            requests.add(new GenerationRequest(firstIndex + i, prompts.get(i / n).ids()));
        }
        List<GenerationResult> results = generator.generate(requests, options, new Teller(requests.size(), going));
        refuseErrors(results);
        List<Answer> answers = new ArrayList<>(results.size());
        for (int i = 0; i < results.size(); i++) {
            GenerationResult result = results.get(i);
            boolean truncated = !stopIds.contains(result.ids()[result.ids().length - 1]);
            answers.add(new Answer(
                    prompts.get(i / n), i / n, result.ids(), result.logProbs(), truncated, tokenizer.decode(result.ids(), false)));
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

    /** Says how many answers are there, and how fast tokens come. */
    private static final class Teller implements GenerationListener {
        private final int total;
        private final Consumer<String> going;
        private int finished;

        Teller(int total, Consumer<String> going) {
            this.total = total;
            this.going = going;
        }

        @Override
        public void completed(Completed completed) {
            finished++;
        }

        @Override
        public void stepped(GenerationStats stats) {
            going.accept(finished + " of " + total + " answers, " + stats.now());
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
