package thinkj.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import thinkj.config.GrpoBatch;
import thinkj.config.GrpoConfig;
import thinkj.io.AtomicFile;
import thinkj.io.Progress;
import thinkj.loss.GrpoLoss;
import thinkj.model.Qwen2Model;

/**
 * The steps of a reinforcement run: sample answers and have them paid ({@link GroupSampling}), score them under the trainer and the start
 * model ({@link AnswerScoring}), learn from them mini-batch by mini-batch. Leaves reading, printing and the final model to
 * {@link GrpoTrainer}. A mini-batch of which nothing is learnt takes no optimiser step.
 *
 * <p>Where steps are one behind, a step first samples the next one's answers and then learns from those that the step before it sampled;
 * both take all cores, so that they take turns. Old log-probabilities are always of the weights that sampled.
 */
final class GrpoLoop implements AutoCloseable {
    private static final String LATEST = "latest_checkpointed_iteration.txt";

    private final GrpoConfig config;
    private final RunDirectory run;
    private final Consumer<Path> saver;
    private final int steps;
    private final GroupSampling groups;
    private final AnswerScoring scoring;
    private final Optional<GrpoValidation> validation;
    private final Completions completions;
    private final PolicyGradient gradient;
    private final Updater updater;

    /** The next step's answers, where steps learn from the answers of weights a step behind. */
    private StepAnswers ahead;

    /**
     * What a run works on.
     *
     * @param policy trained
     * @param reference the start model; empty where there is no KL term
     * @param validation rows for greedy answers; may be empty
     * @param saver writes the policy as it is into a folder
     */
    record Parts(
            Qwen2Model policy,
            Optional<Qwen2Model> reference,
            Rollouts rollouts,
            List<GrpoPrompt> prompts,
            List<GrpoPrompt> validation,
            RunDirectory run,
            Consumer<Path> saver) {}

    GrpoLoop(GrpoConfig config, Parts parts) {
        this.config = config;
        this.run = parts.run();
        this.saver = parts.saver();
        this.steps = steps(config, parts.prompts().size());
        RewardRunner runner = PaidAnswers.runner(config.reward());
        StepWindows windows = windows(config, parts.prompts().size());
        this.groups = new GroupSampling(config, parts.prompts(), windows, parts.rollouts(), runner);
        this.scoring = new AnswerScoring(config, parts.policy(), parts.reference());
        this.validation = parts.validation().isEmpty()
                ? Optional.empty()
                : Optional.of(new GrpoValidation(parts.validation(), parts.rollouts(), runner));
        this.gradient = gradient(parts.policy(), config);
        this.updater = new Updater(
                parts.policy().trainable(),
                config.optimizer(),
                steps * config.batch().optimizerSteps(),
                parts.policy()::weightWritten,
                parts.policy()::weightsChanged);
        this.completions = new Completions(run.sampleFile("completions.jsonl"), config.completionsPerStep());
    }

    /** What an update's gradient is computed by; the caller closes it. */
    static PolicyGradient gradient(Qwen2Model policy, GrpoConfig config) {
        var settings = config.loss();
        GrpoLoss loss = new GrpoLoss(
                settings.clipRatioLow(), settings.clipRatioHigh(), settings.dualClip(), settings.entropyCoefficient(), settings.klCoefficient());
        GrpoBatch batch = config.batch();
        return new PolicyGradient(
                policy, config.rollout().temperature(), loss, settings.aggregation(), batch.microBatchSize(), batch.microBatchTokens());
    }

    static StepWindows windows(GrpoConfig config, int prompts) {
        return new StepWindows(prompts, config.batch().trainBatchSize(), true, config.shuffle(), config.seed());
    }

    /** Steps of the whole run. */
    static int steps(GrpoConfig config, int prompts) {
        return config.maxSteps().orElseGet(() -> Math.multiplyExact(config.epochs(), windows(config, prompts).stepsPerEpoch()));
    }

    /** Takes all steps and returns the metrics of the last one. */
    Map<String, Double> run() {
        Map<String, Double> line = Map.of();
        if (config.validation().beforeTraining() && validation.isPresent()) {
            run.metrics().write(0, validation.get().run());
            run.stepped(0);
        }
        try (Progress progress = Progress.start("grpo", steps, "steps")) {
            for (int step = 1; step <= steps; step++) {
                line = step(step, progress);
                progress.note(String.format(
                        Locale.ROOT, "score %.3f, groups without signal %.0f %%, answer %.0f tokens",
                        line.get("critic/score/mean"), 100 * line.get("group/zero_variance_fraction"), line.get("response_length/mean")));
                progress.step();
            }
        }
        return line;
    }

    private Map<String, Double> step(int step, Progress progress) {
        StepClock clock = new StepClock();
        StepAnswers answers = answers(step, clock, progress);
        completions.write(step, answers);
        GrpoMetrics metrics = new GrpoMetrics();
        metrics.putAll(answers.metrics());
        List<List<Experience>> miniBatches = scoring.experiences(answers, clock);
        progress.note("learning from " + answers.learnt().length + " answers");
        metrics.updates(clock.time("update_actor", () -> update(miniBatches)));
        boolean last = step == steps;
        if (validation.isPresent() && (last || due(step, config.validation().everySteps()))) {
            metrics.putAll(clock.time("testing", () -> validation.get().run()));
        }
        run.metrics().write(step, metrics.line());
        if (due(step, config.checkpoints().everySteps())) {
            clock.time("save_checkpoint", () -> save(step));
        }
        run.timings().write(step, clock.report(answers.tokens()));
        run.stepped(step);
        return metrics.line();
    }

    /** What a step learns from; off policy, that was sampled a step ago, and the next step's is sampled before the weights move. */
    private StepAnswers answers(int step, StepClock clock, Progress progress) {
        if (!config.rollout().oneStepOffPolicy()) {
            return sample(step, clock, progress);
        }
        StepAnswers now = ahead == null ? sample(step, clock, progress) : ahead;
        ahead = step < steps ? sample(step + 1, clock, progress) : null;
        return now;
    }

    private StepAnswers sample(int step, StepClock clock, Progress progress) {
        return scoring.underPolicy(groups.sample(step, clock, progress::note), clock);
    }

    private static boolean due(int step, int every) {
        return every > 0 && step % every == 0;
    }

    private List<PolicyUpdate> update(List<List<Experience>> miniBatches) {
        List<PolicyUpdate> updates = new ArrayList<>();
        for (int epoch = 0; epoch < config.batch().ppoEpochs(); epoch++) {
            for (List<Experience> miniBatch : miniBatches) {
                if (!miniBatch.isEmpty()) {
                    var shares = gradient.accumulate(miniBatch, updater.steps() + 1, updater.gradients());
                    updates.add(PolicyUpdate.of(shares, updater.apply()));
                }
            }
        }
        return updates;
    }

    private void save(int step) {
        run.saveCheckpoint("global_step_" + step, config.checkpoints().keep(), saver);
        AtomicFile.writeText(run.folder().resolve(LATEST), step + "\n");
    }

    @Override
    public void close() {
        completions.close();
        gradient.close();
        updater.close();
    }
}
