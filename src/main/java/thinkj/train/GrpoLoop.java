package thinkj.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import thinkj.config.GrpoBatch;
import thinkj.config.GrpoConfig;
import thinkj.io.AtomicFile;
import thinkj.io.Folders;
import thinkj.io.LineLog;
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
final class GrpoLoop implements LoopMemory, AutoCloseable {
    private static final String LATEST = "latest_checkpointed_iteration.txt";

    private final GrpoConfig config;
    private final RunDirectory run;
    private final Checkpointer checkpointer;
    private final RolloutLog rolloutLog;
    private final int steps;
    private final GroupSampling groups;
    private final AnswerScoring scoring;
    private final Optional<GrpoValidation> validation;
    private final LineLog log;
    private final Completions completions;
    private final FollowedAnswers followed;
    private final PolicyGradient gradient;
    private final Updater updater;

    /** The next step's answers, where steps learn from the answers of weights a step behind. */
    private StepAnswers ahead;

    /** The scores of the first step's answers, where a run that goes on has them from weights that are gone. */
    private Optional<StepAhead> restored = Optional.empty();

    /**
     * What a run works on.
     *
     * @param policy trained
     * @param reference the start model; empty where there is no KL term
     * @param validation rows for greedy answers; may be empty
     * @param followed prompts whose answers are shown
     * @param checkpointer saves, and knows where to go on
     */
    record Parts(
            Qwen2Model policy,
            Optional<Qwen2Model> reference,
            Rollouts rollouts,
            List<GrpoPrompt> prompts,
            List<GrpoPrompt> validation,
            FollowedPrompts followed,
            RunDirectory run,
            Checkpointer checkpointer) {}

    GrpoLoop(GrpoConfig config, Parts parts) {
        this.config = config;
        this.run = parts.run();
        this.checkpointer = parts.checkpointer();
        this.rolloutLog = new RolloutLog(run.folder().resolve("rollouts"));
        this.steps = steps(config, parts.prompts().size());
        RewardRunner runner = PaidAnswers.runner(config.reward());
        StepWindows windows = windows(config, parts.prompts().size());
        this.groups = new GroupSampling(config, parts.prompts(), windows, parts.rollouts(), runner);
        this.scoring = new AnswerScoring(config, parts.policy(), parts.reference());
        this.log = LineLog.open(run.completions());
        this.completions = new Completions(log, config.completionsPerStep());
        this.followed = parts.rollouts().following(log, parts.followed(), steps, runner);
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
        int done = checkpointer.begin(updater, this);
        rolloutLog.dropUpTo(done);
        if (done == 0) {
            Folders.delete(run.folder().resolve(LATEST));
        }
        if (done == 0 && config.validation().beforeTraining() && validation.isPresent()) {
            run.metrics().write(0, inStep(0, () -> validation.get().run(0)));
            run.stepped(0);
        }
        if (done == 0) {
            followed.accept(0);
        }
        try (Progress progress = Progress.start("grpo", steps, "steps", run.stepsDone())) {
            for (int step = done + 1; step <= steps; step++) {
                line = stepOrStop(step, progress);
                checkpointer.stopIfAsked(step);
            }
        }
        rolloutLog.drop();
        return line;
    }

    private Map<String, Double> stepOrStop(int step, Progress progress) {
        try {
            return inStep(step, () -> step(step, progress));
        } catch (Rollouts.Stopped e) {
            throw checkpointer.stopBefore(step);
        }
    }

    private <T> T inStep(int step, Supplier<T> work) {
        return NotFinite.inStep(step, () -> {
            try {
                return work.get();
            } catch (Rollouts.NoToken e) {
                throw e.with(scoring::fault);
            }
        });
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
            metrics.putAll(clock.time("testing", () -> validation.get().run(step)));
        }
        if (followed.due(step)) {
            clock.time("followed", () -> followed.accept(step));
        }
        run.metrics().write(step, metrics.line());
        clock.time("save_checkpoint", () -> checkpointer.after(step, metrics.line()));
        Map<String, Double> timings = clock.report(answers.tokens());
        ProcessMemory memory = ProcessMemory.now();
        timings.putAll(memory.timings());
        run.timings().write(step, timings);
        run.stepped(step);
        progress.note(words(metrics.line()) + memory.beside(timings.get(StepClock.THROUGHPUT)));
        progress.step();
        return metrics.line();
    }

    /** A step in a few words; one in which nothing was learnt has no loss. */
    private static String words(Map<String, Double> line) {
        Double loss = line.get("actor/loss");
        return String.format(Locale.ROOT, "score %.3f, %sgroups without signal %.0f %%, answer %.0f tokens, ",
                line.get("critic/score/mean"), loss == null ? "" : String.format(Locale.ROOT, "loss %.4f, ", loss),
                100 * line.get("group/zero_variance_fraction"), line.get("response_length/mean"));
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

    /** Answers that a stopped process has left of this step are taken as they are. */
    private StepAnswers sample(int step, StepClock clock, Progress progress) {
        try (RolloutLog.Step log = rolloutLog.open(step)) {
            GroupSampling.Sampled sampled = groups.sample(step, clock, new Rollouts.Watch(Optional.of(log), progress::note, checkpointer::stopAsked));
            Optional<StepAhead> before = restored;
            restored = Optional.empty();
            return before.map(scores -> scoring.asBefore(sampled, scores)).orElseGet(() -> scoring.underPolicy(sampled, clock));
        }
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

    @Override
    public void write(int step, Path trainer) {
        if (ahead != null) {
            StepAhead.of(ahead).write(trainer, rolloutLog.file(step + 1));
        }
    }

    @Override
    public void restore(int step, Map<String, ? extends Number> state, Path trainer) {
        restored = StepAhead.read(trainer, rolloutLog.file(step + 1));
        nameLatest(step);
    }

    /** A kill between a checkpoint and this leaves the name of an older one, which going on from it puts right. */
    private void nameLatest(int step) {
        AtomicFile.writeText(run.folder().resolve(LATEST), step + "\n");
    }

    @Override
    public void saved(int step) {
        nameLatest(step);
        rolloutLog.dropUpTo(step);
    }

    @Override
    public void close() {
        log.close();
        gradient.close();
        updater.close();
    }
}
