package thinkj.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.config.ConfigLoader;
import thinkj.io.AtomicFile;
import thinkj.io.FileErrors;
import thinkj.io.Folders;
import thinkj.io.LineLog;
import thinkj.io.Sizes;
import thinkj.io.UserError;

/**
 * The folder that a run leaves behind:
 *
 * <pre>
 * config.yaml          every setting, as resolved
 * metrics.jsonl        a line a step: what arithmetic decides, so that the same run leaves the same bytes, stopped and gone on with or not
 * timings.jsonl        a line a step: what the machine decides, such as seconds, tokens a second and memory
 * stopped.txt          why it ended before its end, as long as it does not go on
 * environment.jsonl    a line each time it was started: when, for how many steps, of how large a model, on what machine
 * samples/             what was trained on, decoded with the mask shown; completions
 * report.html, plots/, tensorboard/   what package report makes of these files
 * rollouts/            reinforcement: answers of the steps since the last checkpoint; gone when the run is done
 * checkpoint-N/        Hugging Face folders (global_step_N/ in reinforcement runs), each with what going on from it takes in trainer/
 * final/               the trained model, a Hugging Face folder too; the last thing that is written
 * </pre>
 *
 * <p>A run that is killed at any moment can be gone on with. The logs are cut back to where the newest whole checkpoint left them, or to
 * nothing where there is none, and what a write that was cut short has left is swept away. While a process trains, {@code .lock} keeps
 * others from the folder.
 */
public final class RunDirectory implements AutoCloseable {
    static final String CONFIG = "config.yaml";
    static final String METRICS = "metrics.jsonl";
    static final String TIMINGS = "timings.jsonl";
    static final String COMPLETIONS = "samples/completions.jsonl";
    static final String FINAL = "final";
    private static final String ENVIRONMENT = "environment.jsonl";
    private static final String STOPPED = "stopped.txt";
    private static final Logger LOG = LoggerFactory.getLogger(RunDirectory.class);

    private final RunStart start;
    private final Contents contents;
    private final ToLongFunction<Path> usableSpace;
    private final RunLock lock;
    private final Optional<Resumed> resumed;
    private final MetricsLog metrics;
    private final MetricsLog timings;
    private final RunListeners listeners;

    /**
     * What is in a run's folder.
     *
     * @param checkpointPrefix of its checkpoints' names, which end in the step
     * @param data fingerprint of what is trained on and of the start model
     */
    record Contents(String checkpointPrefix, String data) {}

    /**
     * The checkpoint that a run goes on from.
     *
     * @param folder where it lies
     * @param state its state beside arrays
     */
    record Resumed(Path folder, CheckpointState state) {}

    private RunDirectory(RunStart start, Contents contents, ToLongFunction<Path> usableSpace, RunLock lock) {
        this.start = start;
        this.contents = contents;
        this.usableSpace = usableSpace;
        this.lock = lock;
        this.listeners = new RunListeners(start.options().listeners());
        Checkpoints.sweep(folder());
        this.resumed = start.goesOn() ? goOn() : Optional.empty();
        ConfigLoader.write(start.config(), folder().resolve(CONFIG));
        Folders.delete(folder().resolve(STOPPED));
        this.metrics = MetricsLog.plain(folder().resolve(METRICS), new SpikeWatch(folder().resolve(METRICS))::wrote);
        this.timings = MetricsLog.dated(folder().resolve(TIMINGS));
    }

    /**
     * Makes the folder of a new run, or brings that of an interrupted one to where it goes on.
     *
     * @throws UserError if it cannot be written, another process is at it, or its checkpoints come from other data
     */
    static RunDirectory open(RunStart start, Contents contents) {
        return open(start, contents, RunDirectory::usableSpace);
    }

    static RunDirectory open(RunStart start, Contents contents, ToLongFunction<Path> usableSpace) {
        Folders.requireWritable(start.folder());
        RunLock lock = RunLock.take(start.folder());
        try {
            return new RunDirectory(start, contents, usableSpace, lock);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** The model of the run in a folder, once it is finished. */
    public static Optional<Path> trained(Path folder) {
        return Optional.of(folder.resolve(FINAL)).filter(Files::exists);
    }

    private Optional<Resumed> goOn() {
        Optional<Resumed> newest = checkpoints().newestWhole()
                .map(checkpoint -> new Resumed(checkpoint, CheckpointState.read(Checkpoints.state(checkpoint))));
        newest.ifPresent(this::requireSameData);
        logs().backTo(newest.map(from -> from.state().logs()).orElse(Map.of()), newest.map(from -> from.state().step()).orElse(0));
        return newest;
    }

    private void requireSameData(Resumed from) {
        if (!from.state().data().equals(contents.data())) {
            throw new UserError(from.folder() + ": was trained from other data, another start model or another tokenizer than those that the config "
                    + "names now hold; put them back, or begin a run in another folder");
        }
    }

    /** Why the run in a folder ended before its end, where it did and was not killed. */
    public static Optional<String> whyStopped(Path folder) {
        Path file = folder.resolve(STOPPED);
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    /**
     * Does the work of the run. Why it ends before its end is kept in the folder.
     *
     * @throws RunFailed the work's own, with how to go on
     */
    <T> T train(Supplier<T> work) {
        try {
            return work.get();
        } catch (RunFailed e) {
            RunFailed told = new RunFailed(e.getMessage() + "\n" + goingOn(), e);
            note(told);
            throw told;
        } catch (RuntimeException | Error e) {
            note(e);
            throw e;
        }
    }

    private String goingOn() {
        try {
            return checkpoints().newestWhole()
                    .map(last -> "The last good checkpoint is " + last + ": the same command goes on from it, to the same end unless what is wrong "
                            + "is mended; with other settings or data, begin a run in another folder with model=" + last)
                    .orElse("No checkpoint was saved before: the same command begins anew, to the same end unless what is wrong is mended");
        } catch (RuntimeException e) {
            LOG.warn("the checkpoints could not be looked through", e);
            return "The same command goes on with the run";
        }
    }

    private void note(Throwable failure) {
        try {
            String why = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
            AtomicFile.writeText(folder().resolve(STOPPED), why + "\n");
        } catch (RuntimeException e) {
            LOG.warn("why the run stopped could not be noted in its folder", e);
        }
    }

    /** In a few words, how the run begins. */
    public String beginning() {
        return resumed
                .map(from -> "goes on from " + from.folder().getFileName() + ", step " + stepsDone() + " of " + from.state().totalSteps())
                .orElse(start.goesOn() ? "begins anew: it has no whole checkpoint" : "new");
    }

    /**
     * Refuses to start what could not be saved.
     *
     * @param bytes what the run will write, about
     */
    public void requireSpace(long bytes) {
        requireSpace(bytes, "checkpoints", "free some space, choose another output folder, or keep fewer checkpoints");
    }

    /** Refuses to write a checkpoint that would not fit. */
    void requireSpaceForCheckpoint(long bytes) {
        requireSpace(bytes, "next checkpoint", "free some space, then run the same command again: the run goes on from its newest checkpoint");
    }

    private void requireSpace(long bytes, String what, String advice) {
        long free = usableSpace.applyAsLong(folder());
        if (free < bytes) {
            throw new UserError(folder() + ": no space left for the " + what + ": " + Sizes.shown(free) + " are free, " + Sizes.shown(bytes)
                    + " are needed; " + advice);
        }
    }

    private static long usableSpace(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw FileErrors.writing(folder, e);
        }
    }

    public Path folder() {
        return start.folder();
    }

    /** Where the run goes on from; empty where it begins. */
    Optional<Resumed> resumed() {
        return resumed;
    }

    /** Steps that were done when this process took over. */
    int stepsDone() {
        return resumed.map(from -> from.state().step()).orElse(0);
    }

    Checkpoints checkpoints() {
        return new Checkpoints(folder(), contents.checkpointPrefix());
    }

    RunLogs logs() {
        return new RunLogs(folder());
    }

    /** Fingerprint of what is trained on and of the start model. */
    String data() {
        return contents.data();
    }

    /** What arithmetic decides: the same run, stopped and gone on with or not, leaves the same bytes. */
    public MetricsLog metrics() {
        return metrics;
    }

    /** What the machine decides: seconds, tokens a second, memory. */
    public MetricsLog timings() {
        return timings;
    }

    /** Notes what the run is to do and what it runs on, and says that it begins, to all who listen. */
    void began(RunTask task) {
        try (LineLog log = LineLog.open(folder().resolve(ENVIRONMENT))) {
            log.append(RunEnvironment.line(task));
        }
        listeners.tell(listener -> listener.began(folder()));
    }

    /** Says that a step's lines are written, to all who listen. */
    public void stepped(int step) {
        listeners.tell(listener -> listener.stepped(folder(), step));
    }

    /** Says that a model is on the disk, to all who listen. */
    void saved(Path model) {
        listeners.tell(listener -> listener.saved(folder(), model));
    }

    /** A file for samples, such as {@code trained-on.txt}. */
    public Path sampleFile(String name) {
        return folder().resolve("samples").resolve(name);
    }

    /** Where completions are shown. */
    Path completions() {
        return folder().resolve(COMPLETIONS);
    }

    /** Where the trained model goes. */
    Path finalModel() {
        return folder().resolve(FINAL);
    }

    /**
     * Saves the trained model, with which the run is finished.
     *
     * @param writer writes the folder it is given, whole or not at all
     * @return the model's folder
     */
    public Path saveFinal(Consumer<Path> writer) {
        writer.accept(finalModel());
        saved(finalModel());
        return finalModel();
    }

    @Override
    public void close() {
        metrics.close();
        timings.close();
        listeners.tell(listener -> listener.ended(folder()));
        lock.close();
    }
}
