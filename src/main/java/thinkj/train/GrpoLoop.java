package thinkj.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import thinkj.config.GrpoConfig;
import thinkj.config.TruncatedAnswers;
import thinkj.data.TrainingSequence;
import thinkj.io.AtomicFile;
import thinkj.io.Progress;
import thinkj.loss.GrpoLoss;
import thinkj.model.Qwen2Model;

/**
 * The steps of a reinforcement run: sample answers with the weights as they are, have them paid, score them under the trainer and the
 * start model, learn from them mini-batch by mini-batch. Leaves reading, printing and the final model to {@link GrpoTrainer}.
 *
 * <p>What is learnt from is decided before the models are asked: groups without signal (where they are skipped) and masked answers
 * cost nothing after sampling. A mini-batch of which nothing is left takes no optimiser step.
 */
final class GrpoLoop implements AutoCloseable {
    private static final String LATEST = "latest_checkpointed_iteration.txt";

    private final GrpoConfig config;
    private final List<GrpoPrompt> prompts;
    private final RunDirectory run;
    private final Consumer<Path> saver;
    private final int steps;
    private final StepWindows windows;
    private final Rollouts rollouts;
    private final RewardRunner runner;
    private final Optional<GrpoValidation> validation;
    private final Completions completions;
    private final TokenScorer trainer;
    private final Optional<TokenScorer> atSamplersTemperature;
    private final Optional<TokenScorer> reference;
    private final PolicyGradient gradient;
    private final Updater updater;

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
        this.prompts = parts.prompts();
        this.run = parts.run();
        this.saver = parts.saver();
        this.steps = steps(config, prompts.size());
        this.windows = windows(config, prompts.size());
        this.rollouts = parts.rollouts();
        this.runner = PaidAnswers.runner(config.reward());
        this.validation = parts.validation().isEmpty()
                ? Optional.empty()
                : Optional.of(new GrpoValidation(parts.validation(), rollouts, runner));
        double temperature = config.rollout().temperature();
        this.trainer = scorer(parts.policy(), temperature);
        this.atSamplersTemperature = temperature == 1 ? Optional.empty() : Optional.of(scorer(parts.policy(), 1));
        this.reference = parts.reference().map(model -> scorer(model, temperature));
        var settings = config.loss();
        GrpoLoss loss = new GrpoLoss(
                settings.clipRatioLow(), settings.clipRatioHigh(), settings.dualClip(), settings.entropyCoefficient(), settings.klCoefficient());
        this.gradient = new PolicyGradient(
                parts.policy(), temperature, loss, settings.aggregation(), config.batch().microBatchSize(), config.batch().microBatchTokens());
        this.updater = new Updater(
                parts.policy().trainable(),
                config.optimizer(),
                steps * config.batch().optimizerSteps(),
                parts.policy()::weightWritten,
                parts.policy()::weightsChanged);
        this.completions = new Completions(run.sampleFile("completions.jsonl"), config.completionsPerStep());
    }

    private TokenScorer scorer(Qwen2Model model, double temperature) {
        return new TokenScorer(model, temperature, config.batch().microBatchSize(), config.batch().microBatchTokens());
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
        GrpoMetrics metrics = new GrpoMetrics();
        List<GrpoPrompt> asked = Arrays.stream(windows.at(step)).mapToObj(prompts::get).toList();
        long firstIndex = (long) (step - 1) * config.batch().sequences();
        List<Answer> answers = clock.time("gen", () -> rollouts.sample(
                asked, config.batch().n(), firstIndex, progress::note));
        PaidAnswers paid = clock.time("adv", () -> PaidAnswers.of(answers, runner, config));
        completions.write(step, answers, paid);
        metrics.earned(answers, paid);
        metrics.lengths(answers, config.rollout());
        List<List<Experience>> miniBatches = experiences(answers, paid, clock, metrics);
        progress.note("learning from " + miniBatches.stream().mapToInt(List::size).sum() + " answers");
        metrics.updates(clock.time("update_actor", () -> update(miniBatches)));
        boolean last = step == steps;
        if (validation.isPresent() && (last || due(step, config.validation().everySteps()))) {
            metrics.putAll(clock.time("testing", () -> validation.get().run()));
        }
        run.metrics().write(step, metrics.line());
        if (due(step, config.checkpoints().everySteps())) {
            clock.time("save_checkpoint", () -> save(step));
        }
        run.timings().write(step, clock.report(answers.stream().mapToLong(answer -> answer.prompt().ids().length + answer.ids().length).sum()));
        run.stepped(step);
        return metrics.line();
    }

    private static boolean due(int step, int every) {
        return every > 0 && step % every == 0;
    }

    /** The answers that are learnt from, scored, by mini-batch. */
    private List<List<Experience>> experiences(List<Answer> answers, PaidAnswers paid, StepClock clock, GrpoMetrics metrics) {
        int[] learnt = learnt(answers, paid);
        metrics.put("actor/learnt_fraction", (double) learnt.length / answers.size());
        List<List<Experience>> miniBatches = new ArrayList<>();
        for (int m = 0; m < config.batch().trainBatchSize() / config.batch().miniBatchSize(); m++) {
            miniBatches.add(new ArrayList<>());
        }
        if (learnt.length == 0) {
            return miniBatches;
        }
        List<TrainingSequence> sequences = Arrays.stream(learnt).mapToObj(i -> answers.get(i).sequence()).toList();
        float[][] old = clock.time("old_log_prob", () -> trainer.logProbs(sequences));
        float[][] neutral = atSamplersTemperature.map(scorer -> clock.time("old_log_prob", () -> scorer.logProbs(sequences))).orElse(old);
        metrics.samplerDifference(Arrays.stream(learnt).mapToObj(i -> answers.get(i).sampled()).toList(), neutral);
        float[][] start = reference.map(scorer -> clock.time("ref", () -> scorer.logProbs(sequences))).orElse(null);
        for (int k = 0; k < learnt.length; k++) {
            int miniBatch = answers.get(learnt[k]).group() / config.batch().miniBatchSize();
            miniBatches.get(miniBatch).add(new Experience(
                    sequences.get(k), paid.advantages().values()[learnt[k]], old[k], start == null ? null : start[k]));
        }
        return miniBatches;
    }

    private int[] learnt(List<Answer> answers, PaidAnswers paid) {
        int n = config.batch().n();
        boolean mask = config.rollout().truncated() == TruncatedAnswers.MASK;
        boolean skip = config.loss().skipZeroVarianceGroups();
        return IntStream.range(0, answers.size())
                .filter(i -> !(mask && answers.get(i).truncated()))
                .filter(i -> !skip || paid.carriesSignal(i / n * n, n))
                .toArray();
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
