package thinkj.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.checkpoint.ArrayFile;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.CheckpointSettings;
import thinkj.io.StopSignals;
import thinkj.model.Qwen2Model;
import thinkj.runtime.NonFinite;

/**
 * Saves a run when its settings say so, when enough time has gone by or when the process is told to end, and gives a loop back what a
 * checkpoint holds. A run that goes on is the run that never stopped, to the bit.
 *
 * <p>What is NaN or infinite is never saved: whatever checkpoint there is, a run can go on from it.
 *
 * <p>A checkpoint is a Hugging Face folder with {@code trainer/} inside: the optimizer's moments, fp32 weights where the folder's own are
 * rounded, {@link CheckpointState}, and checksums of the whole folder.
 */
final class Checkpointer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String WEIGHTS = "weights.safetensors";

    private final RunDirectory run;
    private final Parts parts;
    private final CheckpointSchedule schedule;
    private Updater updater;
    private LoopMemory memory;
    private StopSignals signals;
    private Optional<CheckpointState.Best> best = Optional.empty();
    private Map<String, ? extends Number> line = Map.of();
    private int lastSaved;

    /**
     * What is saved and when.
     *
     * @param model whose trainable arrays are trained
     * @param answers told of each step that is done, before it is saved, and of step 0, before the first, where the run is new
     */
    record Parts(
            CheckpointSettings settings, Qwen2Model model, SavedModel saver, IntConsumer answers, int stepsPerEpoch, int totalSteps) {}

    Checkpointer(RunDirectory run, Parts parts) {
        this(run, parts, System::nanoTime);
    }

    Checkpointer(RunDirectory run, Parts parts, LongSupplier nanoTime) {
        this.run = run;
        this.parts = parts;
        this.schedule = new CheckpointSchedule(parts.settings(), parts.stepsPerEpoch(), nanoTime);
    }

    /** Refuses to start what could not be saved. */
    void requireSpace() {
        int most = parts.settings().mostAtOnce(parts.totalSteps(), parts.stepsPerEpoch()) - run.checkpoints().all().size();
        run.requireSpace(Math.max(0, most) * bytes() + parts.saver().bytes());
    }

    /** About what one checkpoint takes. */
    private long bytes() {
        long trained = ArrayFile.bytes(parts.model().trainable());
        return parts.saver().bytes() + (parts.saver().exact() ? 2 : 3) * trained;
    }

    /**
     * Puts weights, optimizer and loop where the run's newest checkpoint left them, if it has one; from now on signals are heeded.
     *
     * @return steps done
     */
    int begin(Updater updater, LoopMemory memory) {
        this.updater = updater;
        this.memory = memory;
        run.resumed().ifPresent(this::restore);
        signals = StopSignals.watch("the run ends, and can be gone on with, as soon as the step under way is done and saved; "
                + "once more ends it at once");
        if (lastSaved == 0) {
            parts.answers().accept(0);
        }
        return lastSaved;
    }

    private void restore(RunDirectory.Resumed from) {
        Path trainer = Checkpoints.trainer(from.folder());
        Map<String, INDArray> trained = parts.model().trainable();
        if (Files.exists(trainer.resolve(WEIGHTS))) {
            ArrayFile.read(trainer.resolve(WEIGHTS), trained);
        } else {
            HfCheckpoint.open(from.folder()).load(trained);
        }
        parts.model().weightsChanged();
        ArrayFile.read(trainer.resolve(OPTIMIZER), updater.state());
        updater.resume(from.state().optimizerSteps());
        memory.restore(from.state().step(), from.state().loop(), trainer);
        best = from.state().best().filter(b -> parts.settings().best().equals(Optional.of(b.metric())));
        lastSaved = from.state().step();
    }

    /**
     * To be called after every step, when its line of metrics is written: saves where a checkpoint is due.
     *
     * @param line of this step; empty where it has none
     */
    void after(int step, Map<String, ? extends Number> line) {
        this.line = line;
        boolean byCount = schedule.byCount(step);
        if (byCount) {
            requireFinite(step, parts.model().trainable());
        }
        parts.answers().accept(step);
        if (byCount || schedule.byTime() || stopAsked()) {
            save(step);
        }
    }

    /** Whether the process was told to end. */
    boolean stopAsked() {
        return signals.asked().isPresent();
    }

    /** To be called when a step is done with: ends the run where the process was told to end, be it since {@link #after} has looked. */
    void stopIfAsked(int step) {
        if (stopAsked()) {
            throw stopped(step);
        }
    }

    /** Gives up a step that has changed nothing yet, where the process was told to end. */
    RunStopped stopBefore(int step) {
        return stopped(step - 1);
    }

    private RunStopped stopped(int step) {
        if (lastSaved < step) {
            save(step);
        }
        StopSignals.Asked signal = signals.asked().orElseThrow();
        String where = step == 0 ? "before its first step" : "after step " + step + " of " + parts.totalSteps() + ", which is saved";
        return new RunStopped(signal, run.folder() + ": stopped by " + signal.name() + " " + where + "; the same command goes on with it");
    }

    /** What is not finite is no checkpoint that a run could go on from. */
    private static void requireFinite(int step, Map<String, INDArray> arrays) {
        arrays.forEach((name, array) -> {
            long count = NonFinite.count(array);
            if (count > 0) {
                throw new RunFailed("step " + step + ": " + name + " is not finite (" + count + " of " + array.length()
                        + " numbers), so that no checkpoint is saved");
            }
        });
    }

    private void save(int step) {
        requireFinite(step, parts.model().trainable());
        requireFinite(step, updater.state());
        Checkpoints folders = run.checkpoints();
        run.requireSpaceForCheckpoint(bytes());
        best = best(step);
        CheckpointState state = new CheckpointState(
                step, parts.totalSteps(), updater.steps(), run.data(), best, memory.state(), run.logs().marks());
        Path saved = folders.save(step, parts.saver()::write, trainer -> write(trainer, state));
        lastSaved = step;
        schedule.saved();
        memory.saved(step);
        folders.trim(step, parts.settings().keep(), best.map(CheckpointState.Best::checkpoint));
        run.saved(saved);
    }

    private void write(Path trainer, CheckpointState state) {
        if (!parts.saver().exact()) {
            ArrayFile.write(trainer.resolve(WEIGHTS), parts.model().trainable());
        }
        ArrayFile.write(trainer.resolve(OPTIMIZER), updater.state());
        memory.write(state.step(), trainer);
        state.write(trainer.resolve(Checkpoints.STATE));
    }

    private Optional<CheckpointState.Best> best(int step) {
        if (parts.settings().best().isEmpty()) {
            return Optional.empty();
        }
        String metric = parts.settings().best().get();
        Number value = line.get(metric);
        if (value == null || !Double.isFinite(value.doubleValue())) {
            LOG.warn("step {} has no {}: its checkpoint is not compared with the best", step, metric);
            return best;
        }
        boolean better = best.isEmpty() || parts.settings().bestMode().orElseThrow().better(value.doubleValue(), best.get().value());
        return better ? Optional.of(new CheckpointState.Best(metric, value.doubleValue(), run.checkpoints().name(step))) : best;
    }

    /** Saves the trained model, which ends the run. */
    Path saveFinal() {
        return NotFinite.inStep(parts.totalSteps(), () -> {
            requireFinite(parts.totalSteps(), parts.model().trainable());
            return run.saveFinal(parts.saver()::write);
        });
    }

    @Override
    public void close() {
        if (signals != null) {
            signals.close();
        }
    }
}
