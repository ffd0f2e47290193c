package thinkj.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import thinkj.config.DpoConfig;
import thinkj.io.Progress;
import thinkj.loss.DpoLoss;
import thinkj.model.Qwen2Model;
import thinkj.train.PreferenceGradient.Numbers;
import thinkj.train.PreferenceGradient.Pair;

/**
 * The steps of a preference run: windows of the shuffled pairs, an update after each. Leaves reading, printing and the final model to
 * {@link DpoTrainer}.
 */
final class DpoLoop {
    private final Qwen2Model model;
    private final DpoConfig config;
    private final List<Pair> pairs;
    private final RunDirectory run;
    private final Checkpointer checkpointer;
    private final StepWindows windows;
    private final PreferenceGradient gradient;

    /** @param checkpointer saves, and knows where to go on */
    DpoLoop(Qwen2Model model, DpoConfig config, List<Pair> pairs, RunDirectory run, Checkpointer checkpointer) {
        this.model = model;
        this.config = config;
        this.pairs = pairs;
        this.run = run;
        this.checkpointer = checkpointer;
        this.windows = windows(config, pairs.stream().mapToInt(Pair::length).toArray());
        this.gradient = gradient(model, config);
    }

    /** What a step's gradient is computed by; the caller closes it. */
    static PreferenceGradient gradient(Qwen2Model model, DpoConfig config) {
        DpoLoss loss = new DpoLoss(config.beta(), config.ftx(), config.labelSmoothing());
        return new PreferenceGradient(model, loss, config.microBatchSize(), config.microBatchTokens());
    }

    /** @param lengths of the pairs, both sequences together */
    static StepWindows windows(DpoConfig config, int[] lengths) {
        Optional<int[]> grouped = config.groupByLength() ? Optional.of(lengths) : Optional.empty();
        return new StepWindows(lengths.length, config.batchSize(), false, config.shuffle(), config.seed(), grouped);
    }

    /** Optimiser steps of the whole run. */
    static int steps(DpoConfig config, StepWindows windows) {
        return config.maxSteps().orElseGet(() -> Math.multiplyExact(config.epochs(), windows.stepsPerEpoch()));
    }

    /** Takes all steps and returns the metrics of the last one. */
    Map<String, Double> run() {
        int steps = steps(config, windows);
        Map<String, Double> line = Map.of();
        try (gradient;
                Updater updater = new Updater(
                        model.trainable(), config.optimizer(), steps, model::weightWritten, model::weightsChanged);
                Progress progress = Progress.start("dpo", steps, "steps", run.stepsDone())) {
            int done = checkpointer.begin(updater, LoopMemory.NONE);
            for (int step = done + 1; step <= steps; step++) {
                line = stepAndSave(step, updater, progress);
                checkpointer.stopIfAsked(step);
            }
        }
        return line;
    }

    private Map<String, Double> stepAndSave(int step, Updater updater, Progress progress) {
        return NotFinite.inStep(step, () -> {
            Map<String, Double> line = step(step, updater, progress);
            checkpointer.after(step, line);
            return line;
        });
    }

    private Map<String, Double> step(int step, Updater updater, Progress progress) {
        long started = System.nanoTime();
        List<Pair> window = Arrays.stream(windows.at(step)).mapToObj(pairs::get).toList();
        List<Numbers> numbers = gradient.accumulate(window, step, updater.gradients());
        Updater.Update update = updater.apply();
        Map<String, Double> line = new LinkedHashMap<>(DpoMetrics.of(numbers, config.ftx()));
        line.put("grad_norm", update.gradientNorm());
        line.put("learning_rate", update.learningRate());
        line.put("epoch", (double) step / windows.stepsPerEpoch());
        double tokens = window.stream().mapToLong(Pair::length).sum();
        line.put("tokens", tokens);
        run.metrics().write(step, line);
        double tokensPerSecond = tokens / ((System.nanoTime() - started) / 1e9);
        ProcessMemory memory = ProcessMemory.now();
        Map<String, Double> timings = new LinkedHashMap<>(Map.of("tokens_per_second", tokensPerSecond));
        timings.putAll(memory.timings());
        run.timings().write(step, timings);
        run.stepped(step);
        progress.note(String.format(Locale.ROOT, "loss %.4f, margin %.4f, lr %.2e, %s",
                line.get("loss"), line.get("rewards/margins"), line.get("learning_rate"), memory.beside(tokensPerSecond)));
        progress.step();
        return line;
    }
}
