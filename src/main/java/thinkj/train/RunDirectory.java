package thinkj.train;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
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
 * metrics.jsonl        a line a step: what arithmetic decides, so that the same run leaves the same bytes
 * timings.jsonl        a line a step: what the machine decides, such as seconds and tokens a second
 * environment.jsonl    a line each time it was started: when, for how many steps, on what machine
 * samples/             what was trained on, decoded with the mask shown; completions
 * report.html, plots/, tensorboard/   what package report makes of these files
 * checkpoint-N/        Hugging Face folders (global_step_N/ in reinforcement runs)
 * final/               the trained model, a Hugging Face folder too
 * </pre>
 */
public final class RunDirectory implements AutoCloseable {
    private static final String CONFIG = "config.yaml";
    private static final String METRICS = "metrics.jsonl";
    private static final String TIMINGS = "timings.jsonl";
    private static final String ENVIRONMENT = "environment.jsonl";

    private final Path folder;
    private final ToLongFunction<Path> usableSpace;
    private final MetricsLog metrics;
    private final MetricsLog timings;
    private final RunListeners listeners;
    private final Deque<Path> checkpoints = new ArrayDeque<>();

    private RunDirectory(Path folder, RunListeners listeners, ToLongFunction<Path> usableSpace) {
        this.folder = folder;
        this.listeners = listeners;
        this.usableSpace = usableSpace;
        this.metrics = MetricsLog.plain(folder.resolve(METRICS));
        this.timings = MetricsLog.dated(folder.resolve(TIMINGS));
    }

    /**
     * Makes the folder of a new run.
     *
     * @param options whom it tells how it goes on
     * @throws UserError if it cannot be written, or holds a run already
     */
    public static RunDirectory create(Path folder, RunOptions options) {
        return create(folder, options, RunDirectory::usableSpace);
    }

    static RunDirectory create(Path folder, RunOptions options, ToLongFunction<Path> usableSpace) {
        requireNew(folder);
        Folders.requireWritable(folder);
        return new RunDirectory(folder, new RunListeners(options.listeners()), usableSpace);
    }

    /** Refuses a folder that holds a run, before anything is read or made. */
    public static void requireNew(Path folder) {
        for (String name : List.of(CONFIG, METRICS)) {
            if (Files.exists(folder.resolve(name))) {
                throw new UserError(folder + ": already holds a run (" + name + " is there), which is never written over; "
                        + "give another output folder, or move this one away");
            }
        }
    }

    /**
     * Refuses to start what could not be saved.
     *
     * @param bytes what the run will write, about
     */
    public void requireSpace(long bytes) {
        long free = usableSpace.applyAsLong(folder);
        if (free < bytes) {
            throw new UserError(folder + ": no space left for the checkpoints: " + Sizes.shown(free) + " are free, " + Sizes.shown(bytes)
                    + " are needed; free some space, choose another output folder, or keep fewer checkpoints");
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
        return folder;
    }

    /** Where the resolved configuration goes. */
    public Path configFile() {
        return folder.resolve(CONFIG);
    }

    /** What arithmetic decides: the same run, stopped and gone on with or not, leaves the same bytes. */
    public MetricsLog metrics() {
        return metrics;
    }

    /** What the machine decides: seconds, tokens a second, memory. */
    public MetricsLog timings() {
        return timings;
    }

    /**
     * Notes what the run runs on and says that it begins, to all who listen.
     *
     * @param recipe sft, dpo or grpo
     * @param steps of the whole run
     * @param engine what its products are computed with, for people
     */
    public void began(String recipe, int steps, String engine) {
        try (LineLog log = LineLog.open(folder.resolve(ENVIRONMENT))) {
            log.append(RunEnvironment.line(recipe, steps, engine));
        }
        listeners.tell(listener -> listener.began(folder));
    }

    /** Says that a step's lines are written, to all who listen. */
    public void stepped(int step) {
        listeners.tell(listener -> listener.stepped(folder, step));
    }

    /** A file for samples, such as {@code trained-on.txt} or {@code completions.jsonl}. */
    public Path sampleFile(String name) {
        return folder.resolve("samples").resolve(name);
    }

    /**
     * Saves the trained model.
     *
     * @param writer writes the folder it is given, whole or not at all
     * @return the model's folder
     */
    public Path saveFinal(Consumer<Path> writer) {
        Path model = folder.resolve("final");
        writer.accept(model);
        listeners.tell(listener -> listener.saved(folder, model));
        return model;
    }

    /**
     * Saves a checkpoint, and only once it is complete deletes those that are too many.
     *
     * @param name such as {@code checkpoint-100}
     * @param keep how many of this run stay; 0 for all
     * @param writer writes the folder it is given, whole or not at all
     * @return the checkpoint's folder
     */
    public Path saveCheckpoint(String name, int keep, Consumer<Path> writer) {
        Path checkpoint = folder.resolve(name);
        writer.accept(checkpoint);
        checkpoints.addLast(checkpoint);
        while (keep > 0 && checkpoints.size() > keep) {
            delete(checkpoints.removeFirst());
        }
        listeners.tell(listener -> listener.saved(folder, checkpoint));
        return checkpoint;
    }

    private static void delete(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                    Files.delete(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw FileErrors.writing(folder, e);
        }
    }

    @Override
    public void close() {
        metrics.close();
        timings.close();
        listeners.tell(listener -> listener.ended(folder));
    }
}
