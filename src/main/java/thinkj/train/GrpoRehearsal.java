package thinkj.train;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import thinkj.config.ConfigLoader;
import thinkj.config.GrpoBatch;
import thinkj.config.GrpoConfig;
import thinkj.data.TrainingSequence;
import thinkj.model.Qwen2Model;

/** A reinforcement step in small: short answers to some prompts, scored and learnt from, timed part by part. */
final class GrpoRehearsal implements AutoCloseable {
    /** Most tokens of an answer: enough for the speed to settle, few enough to be there soon. */
    private static final int SHORT = 64;

    private final GrpoSetup setup;
    private final GrpoConfig config;
    private final GrpoConfig brief;
    private final Rollouts rollouts;
    private final TokenScorer scorer;
    private final TokenScorer reference;
    private final PolicyGradient gradient;
    private final Updater updater;

    /** @param reference null where there is none; all models stay the caller's */
    GrpoRehearsal(GrpoSetup setup, Qwen2Model policy, Qwen2Model sampler, Qwen2Model reference) {
        this.setup = setup;
        this.config = setup.config();
        brief = ConfigLoader.with(config, List.of(
                "rollout.max_response_length=" + Math.min(SHORT, config.rollout().maxResponseLength()), "rollout.overlong_buffer_len=1"));
        rollouts = new Rollouts(sampler, setup.tokenizer(), brief.rollout(), setup.checkpoint().generationConfig(), config.seed());
        scorer = AnswerScoring.scorer(policy, config, config.rollout().temperature());
        this.reference = reference == null ? null : AnswerScoring.scorer(reference, config, config.rollout().temperature());
        gradient = GrpoLoop.gradient(policy, config);
        updater = new Updater(
                policy.trainable(), config.optimizer(), setup.steps() * config.batch().optimizerSteps(), policy::weightWritten, policy::weightsChanged);
    }

    /** How long the run will take. */
    Estimate run() {
        GrpoBatch batch = config.batch();
        Estimate estimate = new Estimate();
        AtomicReference<List<Answer>> sampled = new AtomicReference<>();
        double sampling = Estimate.seconds(() -> sampled.set(rollouts.sample(asked(), batch.n(), 0, Rollouts.Watch.NOBODY)));
        List<Answer> answers = sampled.get();
        double drawn = answers.stream().mapToLong(answer -> answer.ids().length).sum();
        double length = expected(answers);
        estimate.measured("sampling", "%,d answers of at most %d tokens: %,.0f tokens in %s", answers.size(),
                brief.rollout().maxResponseLength(), drawn, Estimate.shown(sampling));
        estimate.measured("an answer", "%,.0f tokens; of those sampled, the %,d that had not ended count as %,d", length,
                answers.stream().filter(Answer::truncated).count(), config.rollout().maxResponseLength());

        List<TrainingSequence> sequences = answers.stream().limit(atOnce()).map(Answer::sequence).toList();
        double tokens = sequences.stream().mapToLong(TrainingSequence::length).sum();
        double scoring = Estimate.seconds(() -> scorer.logProbs(sequences));
        if (reference != null) {
            reference.logProbs(sequences);
        }
        List<Experience> experiences = experiences(answers, sequences.size());
        double learning = Estimate.seconds(() -> {
            updater.gradients().clear();
            gradient.accumulate(experiences, 1, updater.gradients());
        });
        double update = Estimate.seconds(updater::apply);
        estimate.measured("a pass", "%,.0f tokens forward: %s; forward and backward: %s", tokens, Estimate.shown(scoring), Estimate.shown(learning));
        estimate.measured("an update", "%s", Estimate.shown(update));

        double all = (double) setup.steps() * batch.sequences();
        double prompt = setup.prompts().stream().mapToInt(asked -> asked.ids().length).average().orElseThrow();
        int scorings = 1 + (reference == null ? 0 : 1) + (config.rollout().temperature() == 1 ? 0 : 1);
        estimate.rate("sampling", all * length, "tokens", drawn / sampling);
        estimate.rate("scoring", all * (prompt + length) * scorings, "tokens", tokens / scoring);
        estimate.rate("learning", all * (prompt + length) * batch.ppoEpochs(), "tokens", tokens / learning);
        estimate.times("updates", (double) setup.steps() * batch.optimizerSteps(), update);
        if (!setup.validation().isEmpty()) {
            estimate.rate("validation", validations() * setup.validation().size() * length, "tokens", drawn / sampling);
        }
        return estimate;
    }

    /** As many prompts as answers can be under way at once. */
    private List<GrpoPrompt> asked() {
        GrpoBatch batch = config.batch();
        int groups = Math.max(1, Math.min(config.rollout().maxRows() / batch.n(), batch.trainBatchSize()));
        int[] window = GrpoLoop.windows(config, setup.prompts().size()).at(1);
        return Arrays.stream(window).limit(groups).mapToObj(setup.prompts()::get).toList();
    }

    /** Mean length of an answer, if those that were cut off go on to the end. */
    private double expected(List<Answer> answers) {
        return answers.stream()
                .mapToInt(answer -> answer.truncated() ? config.rollout().maxResponseLength() : answer.ids().length)
                .average()
                .orElseThrow();
    }

    /** Answers that are computed at the same time. */
    private long atOnce() {
        GrpoBatch batch = config.batch();
        return (long) batch.microBatchSize() * MicroBatchLanes.of(setup.checkpoint().config(), batch.miniBatchSize() * batch.n() / batch.microBatchSize());
    }

    /** The first answers, as if each were better than the others of its prompt. */
    private List<Experience> experiences(List<Answer> answers, int count) {
        return answers.stream()
                .limit(count)
                .map(answer -> new Experience(
                        answer.name(), answer.sequence(), 1, answer.sampled(), reference == null ? null : answer.sampled()))
                .toList();
    }

    private double validations() {
        var settings = config.validation();
        int between = settings.everySteps() == 0 ? 0 : (setup.steps() - 1) / settings.everySteps();
        return between + 1 + (settings.beforeTraining() ? 1 : 0);
    }

    @Override
    public void close() {
        gradient.close();
        updater.close();
    }
}
