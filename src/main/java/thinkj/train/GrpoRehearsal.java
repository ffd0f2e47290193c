package thinkj.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import thinkj.config.GrpoBatch;
import thinkj.config.GrpoConfig;
import thinkj.data.TrainingSequence;
import thinkj.model.Qwen2Model;

/**
 * A reinforcement step in small, timed part by part: micro-batches as large as the plan has them are scored and learnt from, with answers
 * made up of the prompts' own tokens; then real answers are begun, as many at once and with as much memory as in the run.
 */
final class GrpoRehearsal implements AutoCloseable {
    /** Most tokens of an answer: enough for the speed to settle, few enough to be there soon. */
    private static final int SHORT = 64;

    private final GrpoSetup setup;
    private final GrpoConfig config;
    private final Rollouts rollouts;
    private final TokenScorer scorer;
    private final TokenScorer reference;
    private final PolicyGradient gradient;
    private final Updater updater;
    private final Estimate estimate = new Estimate();

    /** @param reference null where there is none; all models stay the caller's */
    GrpoRehearsal(GrpoSetup setup, TrainingMemory.Saving saving, Qwen2Model policy, Qwen2Model sampler, Qwen2Model reference) {
        this.setup = setup;
        this.config = setup.config();
        rollouts = new Rollouts(
                sampler, setup.tokenizer(), config.rollout(), GrpoMemory.cache(saving), setup.checkpoint().generationConfig(), config.seed());
        scorer = AnswerScoring.scorer(policy, config, config.rollout().temperature());
        this.reference = reference == null ? null : AnswerScoring.scorer(reference, config, config.rollout().temperature());
        gradient = GrpoLoop.gradient(policy, config);
        updater = new Updater(
                policy.trainable(), config.optimizer(), setup.steps() * config.batch().optimizerSteps(), policy::weightWritten, policy::weightsChanged);
    }

    /** How long the run will take, and what it would learn from. */
    Rehearsal run() {
        GrpoBatch batch = config.batch();
        List<TrainingSequence> largest = largest();
        double tokens = largest.stream().mapToLong(TrainingSequence::length).sum();
        AtomicReference<float[][]> scores = new AtomicReference<>();
        double scoring = settled(() -> scores.set(scorer.logProbs(largest)));
        List<Experience> experiences = experiences(largest, scores.get());
        double learning = settled(() -> {
            updater.gradients().clear();
            gradient.accumulate(experiences, 1, updater.gradients());
        });
        // The weights are still those that the run starts with.
        AtomicReference<List<Answer>> sampled = new AtomicReference<>();
        double sampling = Estimate.seconds(() -> sampled.set(rollouts.begin(asked(), batch.n(), SHORT)));
        List<Answer> answers = sampled.get();
        if (reference != null) {
            reference.logProbs(List.of(answers.get(0).sequence()));
        }
        double update = Estimate.seconds(updater::apply);

        double drawn = answers.stream().mapToLong(answer -> answer.ids().length).sum();
        double length = expected(answers);
        estimate.measured("sampling", "%,d answers of at most %d tokens: %,.0f tokens in %s", answers.size(),
                Math.min(SHORT, config.rollout().maxResponseLength()), drawn, Estimate.shown(sampling));
        estimate.measured("an answer", "%,.0f tokens; of those sampled, the %,d that had not ended count as %,d", length,
                answers.stream().filter(Answer::truncated).count(), config.rollout().maxResponseLength());
        estimate.measured("a pass", "%,.0f tokens forward: %s; forward and backward: %s", tokens, Estimate.shown(scoring), Estimate.shown(learning));
        estimate.measured("an update", "%s", Estimate.shown(update));
        whole(length, drawn / sampling, tokens / scoring, tokens / learning, update);
        return new Rehearsal(estimate, Optional.of(shown(answers.get(0))));
    }

    /**
     * Adds up the parts of the run.
     *
     * @param length tokens of an answer
     * @param sampling tokens a second, as scoring and learning are
     * @param update seconds
     */
    private void whole(double length, double sampling, double scoring, double learning, double update) {
        GrpoBatch batch = config.batch();
        double all = (double) setup.steps() * batch.sequences();
        double prompt = setup.prompts().stream().mapToInt(asked -> asked.ids().length).average().orElseThrow();
        int scorings = 1 + (reference == null ? 0 : 1) + (config.rollout().temperature() == 1 ? 0 : 1);
        estimate.rate("sampling", all * length, "tokens", sampling);
        estimate.rate("scoring", all * (prompt + length) * scorings, "tokens", scoring);
        estimate.rate("learning", all * (prompt + length) * batch.ppoEpochs(), "tokens", learning);
        estimate.times("updates", (double) setup.steps() * batch.optimizerSteps(), update);
        if (!setup.validation().isEmpty()) {
            estimate.rate("validation", validations() * setup.validation().size() * length, "tokens", sampling);
        }
    }

    /** Seconds of a pass, warm where it is short. */
    private static double settled(Runnable pass) {
        double seconds = Estimate.once(pass);
        return seconds < Estimate.LONG_PASS ? Estimate.seconds(pass) : seconds;
    }

    /** As many prompts as answers can be under way at once, the longest among them. */
    private List<GrpoPrompt> asked() {
        GrpoBatch batch = config.batch();
        int groups = Math.max(1, Math.min((config.rollout().maxRows() + batch.n() - 1) / batch.n(), batch.trainBatchSize()));
        int[] window = GrpoLoop.windows(config, setup.prompts().size()).at(1);
        List<GrpoPrompt> prompts = new ArrayList<>(Arrays.stream(window).limit(groups).mapToObj(setup.prompts()::get).toList());
        if (!prompts.contains(longest())) {
            prompts.set(groups - 1, longest());
        }
        return prompts;
    }

    private GrpoPrompt longest() {
        return setup.prompts().stream().max(Comparator.comparingInt(prompt -> prompt.ids().length)).orElseThrow();
    }

    /** Mean length of an answer, if those that were cut off go on to the end. */
    private double expected(List<Answer> answers) {
        return answers.stream()
                .mapToInt(answer -> answer.truncated() ? config.rollout().maxResponseLength() : answer.ids().length)
                .average()
                .orElseThrow();
    }

    /** The sequences of as many micro-batches as are computed at the same time, each as large as the plan has the largest. */
    private List<TrainingSequence> largest() {
        GrpoBatch batch = config.batch();
        int[] prompt = longest().ids();
        int left = batch.miniBatchSize() * batch.n();
        int lanes = MicroBatchLanes.of(
                setup.checkpoint().config(), MicroBatches.most(left, batch.microBatchSize(), batch.microBatchTokens()));
        List<TrainingSequence> sequences = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            long room = setup.mostTokens();
            for (int i = 0; i < batch.microBatchSize() && left > 0 && room > prompt.length; i++, left--) {
                int answer = (int) Math.min(config.rollout().maxResponseLength(), room - prompt.length);
                sequences.add(TrainingSequence.of(prompt, IntStream.range(0, answer).map(t -> prompt[t % prompt.length]).toArray()));
                room -= prompt.length + answer;
            }
        }
        return sequences;
    }

    /** As if each answer were better than the others of its prompt. */
    private List<Experience> experiences(List<TrainingSequence> answers, float[][] scores) {
        return IntStream.range(0, answers.size())
                .mapToObj(i -> new Experience("rehearsed answer " + (i + 1), answers.get(i), 1, scores[i], reference == null ? null : scores[i]))
                .toList();
    }

    private String shown(Answer answer) {
        TrainingSequence sequence = answer.sequence();
        return "── " + sequence.length() + " tokens; the " + sequence.labelled() + " between ⟦ and ⟧ are sampled and learnt"
                + (answer.truncated() ? ", up to " + config.rollout().maxResponseLength() + " of them in the run" : "") + "\n"
                + MaskedText.show(sequence, setup.tokenizer());
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
