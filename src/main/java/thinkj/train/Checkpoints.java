package thinkj.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.io.Checksums;
import thinkj.io.FileErrors;
import thinkj.io.Folders;

/**
 * The checkpoint folders of a run. Each is written under a hidden name and renamed once it is whole and on the disk, so that a kill at any
 * moment leaves whole ones and something to sweep away.
 */
final class Checkpoints {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
    static final String STATE = "state.json";
    private static final String PART = ".part";
    private static final String OLD = ".old";

    private final Path run;
    private final String prefix;

    /** @param prefix of the folders' names, which end in the step */
    Checkpoints(Path run, String prefix) {
        this.run = run;
        this.prefix = prefix;
    }

    /** What a checkpoint holds for going on alone; the rest of the folder is a Hugging Face checkpoint. */
    static Path trainer(Path checkpoint) {
        return checkpoint.resolve("trainer");
    }

    private static Path checksums(Path checkpoint) {
        return trainer(checkpoint).resolve("checksums.json");
    }

    static Path state(Path checkpoint) {
        return trainer(checkpoint).resolve(STATE);
    }

    String name(int step) {
        return prefix + step;
    }

    /** Folders under a checkpoint's name, the newest first, whole or not. */
    List<Path> all() {
        try (Stream<Path> entries = Files.list(run)) {
            return entries.filter(entry -> step(entry) >= 0 && Files.isDirectory(entry)).sorted(Comparator.comparing(this::step).reversed()).toList();
        } catch (IOException e) {
            throw FileErrors.reading(run, e);
        }
    }

    /** The step in a folder's name; −1 where it is no checkpoint's. */
    int step(Path folder) {
        String name = folder.getFileName().toString();
        String number = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
        return number.matches("[0-9]{1,9}") ? Integer.parseInt(number) : -1;
    }

    /** The newest checkpoint that is as it was written; newer ones that are not are named in the log. */
    Optional<Path> newestWhole() {
        for (Path checkpoint : all()) {
            Optional<String> problem = Checksums.problem(checkpoint, checksums(checkpoint));
            if (problem.isEmpty()) {
                return Optional.of(checkpoint);
            }
            LOG.warn("{} is broken and passed over: {}", checkpoint, problem.get());
        }
        return Optional.empty();
    }

    /**
     * Writes a checkpoint, in the place of a broken one of that step if there is one.
     *
     * @param model writes the Hugging Face folder it is given
     * @param trainer adds what going on needs, to a folder that is there
     */
    Path save(int step, Consumer<Path> model, Consumer<Path> trainer) {
        Path target = run.resolve(name(step));
        Path part = run.resolve("." + name(step) + PART);
        try {
            Folders.delete(part);
            model.accept(part);
            Folders.create(trainer(part));
            trainer.accept(trainer(part));
            Checksums.write(part, checksums(part));
            Folders.force(part);
            install(part, target);
            return target;
        } finally {
            Folders.delete(part);
        }
    }

    private void install(Path part, Path target) {
        try {
            Path old = run.resolve("." + target.getFileName() + OLD);
            if (Files.exists(target)) {
                Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            Folders.forceEntry(run);
            Folders.delete(old);
        } catch (IOException e) {
            throw FileErrors.writing(target, e);
        }
    }

    /**
     * Deletes checkpoints that are too many.
     *
     * @param upTo the step of the newest; what lies beyond it is left alone
     * @param keep how many stay, the newest; 0 for all
     * @param best the name of one that stays too
     */
    void trim(int upTo, int keep, Optional<String> best) {
        if (keep == 0) {
            return;
        }
        List<Path> olds = all().stream().filter(folder -> step(folder) <= upTo).skip(keep).toList();
        for (Path old : olds) {
            String name = old.getFileName().toString();
            if (!best.equals(Optional.of(name))) {
                delete(old, name);
            }
        }
    }

    /** By another name first: what a kill leaves of it is no checkpoint. */
    private void delete(Path checkpoint, String name) {
        try {
            Path doomed = run.resolve("." + name + OLD);
            Folders.delete(doomed);
            Files.move(checkpoint, doomed, StandardCopyOption.ATOMIC_MOVE);
            Folders.delete(doomed);
        } catch (IOException e) {
            throw FileErrors.writing(checkpoint, e);
        }
    }

    /** Deletes what a killed process was writing or deleting in a run's folder. */
    static void sweep(Path run) {
        try (Stream<Path> entries = Files.list(run)) {
            entries.filter(Checkpoints::leftOver).toList().forEach(Folders::delete);
        } catch (IOException e) {
            throw FileErrors.reading(run, e);
        }
    }

    private static boolean leftOver(Path entry) {
        String name = entry.getFileName().toString();
        return name.endsWith(PART) || name.startsWith(".") && (name.contains(PART) || name.endsWith(OLD) || name.startsWith(".write"));
    }
}
