package thinkj.train;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import thinkj.config.SftConfig;
import thinkj.data.Located;
import thinkj.data.TrainingSequence;
import thinkj.io.Progress;
import thinkj.model.Qwen2Model;

/**
 * The steps of a supervised run: windows of the shuffled data, the gradient of each, an update after it. Leaves reading, printing and the
 * final model to {@link SftTrainer}.
 */
final class SftLoop implements LoopMemory {
    private final SftConfig config;
    private final ExamplePlan plan;
    private final Located<TrainingSequence> heldOut;
    private final RunDirectory run;
    private final Checkpointer checkpointer;
    private final SftGradient gradient;
    private final int[] lengths;
    private final StepWindows windows;
    private final Qwen2Model model;

    /** What has come together since the last line of metrics. */
    private double losses;

    private long tokens;
    private long nanos;
    private int stepsInLine;

    /**
     * @param heldOut examples that the loss is measured on; may be empty
     * @param checkpointer saves, and knows where to go on
     */
    SftLoop(
            Qwen2Model model, SftConfig config, ExamplePlan plan, Located<TrainingSequence> data, Located<TrainingSequence> heldOut,
            RunDirectory run, Checkpointer checkpointer) {
        this.model = model;
        this.config = config;
        this.plan = plan;
        this.heldOut = heldOut;
        this.run = run;
        this.checkpointer = checkpointer;
        this.gradient = new SftGradient(model, data, config.microBatchSize(), config.microBatchTokens());
        this.lengths = SftBatch.lengths(data.examples());
        this.windows = windows(config, lengths);
    }

    /** @param lengths of the sequences */
    static StepWindows windows(SftConfig config, int[] lengths) {
        Optional<int[]> grouped = config.groupByLength() ? Optional.of(lengths) : Optional.empty();
        return new StepWindows(lengths.length, config.batchSize(), false, config.shuffle(), config.seed(), grouped);
    }

    void run() {
        try (gradient;
                Updater updater = new Updater(
                        model.trainable(), config.optimizer(), plan.totalSteps(), model::weightWritten, model::weightsChanged);
                Progress progress = Progress.start("sft", plan.totalSteps(), "steps", run.stepsDone())) {
            int done = checkpointer.begin(updater, this);
            for (int step = done + 1; step <= plan.totalSteps(); step++) {
                stepAndSave(step, updater, progress);
                checkpointer.stopIfAsked(step);
            }
        }
    }

    private void stepAndSave(int step, Updater updater, Progress progress) {
        NotFinite.inStep(step, () -> {
            Map<String, Number> line = step(step, updater, progress);
            checkpointer.after(step, line);
            return line;
        });
    }

    @Override
    public Map<String, ? extends Number> state() {
        Map<String, Number> state = new LinkedHashMap<>();
        state.put("losses", losses);
        state.put("tokens", tokens);
        state.put("nanos", nanos);
        state.put("steps_in_line", stepsInLine);
        return state;
    }

    @Override
    public void restore(int step, Map<String, ? extends Number> state, Path trainer) {
        losses = state.get("losses").doubleValue();
        tokens = state.get("tokens").longValue();
        nanos = state.get("nanos").longValue();
        stepsInLine = state.get("steps_in_line").intValue();
    }

    /** @return its line of metrics; empty where it has none */
    private Map<String, Number> step(int step, Updater updater, Progress progress) {
        long started = System.nanoTime();
        int[] window = windows.at(step);
        double loss = gradient.accumulate(window, step, updater.gradients());
        Updater.Update update = updater.apply();
        losses += loss;
        long learnt = Arrays.stream(window).mapToLong(i -> lengths[i]).sum();
        long taken = System.nanoTime() - started;
        tokens += learnt;
        nanos += taken;
        stepsInLine++;
        ProcessMemory memory = ProcessMemory.now();
        progress.note(String.format(
                Locale.ROOT, "loss %.4f, lr %.2e, %s", loss, update.learningRate(), memory.beside(learnt / (taken / 1e9))));
        progress.step();
        return report(step, update, memory);
    }

    private Map<String, Number> report(int step, Updater.Update update, ProcessMemory memory) {
        boolean last = step == plan.totalSteps();
        Map<String, Number> line = new LinkedHashMap<>();
        Map<String, Number> timings = new LinkedHashMap<>();
        if (stepsInLine == config.loggingSteps() || last) {
            line.put("loss", losses / stepsInLine);
            line.put("grad_norm", update.gradientNorm());
            line.put("learning_rate", update.learningRate());
            line.put("epoch", (double) step / plan.stepsPerEpoch());
            line.put("tokens", tokens);
            timings.put("tokens_per_second", tokens / (nanos / 1e9));
            timings.putAll(memory.timings());
            losses = 0;
            tokens = 0;
            nanos = 0;
            stepsInLine = 0;
        }
        if (heldOut.size() > 0 && (step % config.evalSteps() == 0 || last)) {
            line.put("eval_loss", gradient.evaluate(heldOut));
        }
        if (!timings.isEmpty()) {
            run.timings().write(step, timings);
        }
        if (!line.isEmpty()) {
            run.metrics().write(step, line);
            run.stepped(step);
        }
        return line;
    }
}
