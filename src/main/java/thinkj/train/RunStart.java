package thinkj.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import thinkj.config.ConfigLoader;
import thinkj.io.UserError;

/**
 * Whether a folder takes a new run or holds one to go on with, found out before anything else is read or made.
 *
 * @param folder the run's
 * @param config what the run is to do
 * @param goesOn whether the folder holds the beginning of this run
 */
record RunStart(Path folder, Record config, RunOptions options, boolean goesOn) {

    /** Settings, or sections of them, that may change while a run is interrupted: none of them changes what is computed. */
    private static final List<String> MAY_CHANGE = List.of("output", "checkpoints", "activation_checkpointing");

    /** @throws UserError where the folder holds another run or a finished one, or none that could be resumed as the options ask */
    static RunStart of(Path folder, Record config, RunOptions options) {
        boolean there = Files.exists(folder.resolve(RunDirectory.CONFIG));
        if (!there && Files.exists(folder.resolve(RunDirectory.METRICS))) {
            throw new UserError(holdsARun(folder, RunDirectory.METRICS) + "; give another output folder, or move this one away");
        }
        if (!there && options.resume()) {
            throw new UserError(folder + ": holds no run to go on with (" + RunDirectory.CONFIG + " is missing); name the run's folder with "
                    + "output=DIR, or leave --resume away to begin a run");
        }
        if (there) {
            requireSame(folder, config);
        }
        Path trained = folder.resolve(RunDirectory.FINAL);
        if (there && Files.exists(trained)) {
            throw new UserError(folder + ": already holds a run, which is finished: its model is " + trained
                    + "; give another output folder, or move this one away");
        }
        return new RunStart(folder, config, options, there);
    }

    private static String holdsARun(Path folder, String file) {
        return folder + ": already holds a run (" + file + " is there), which is never written over";
    }

    private static void requireSame(Path folder, Record config) {
        List<String> differences = ConfigLoader.differences(folder.resolve(RunDirectory.CONFIG), config).stream()
                .filter(difference -> MAY_CHANGE.stream().noneMatch(key -> difference.startsWith(key + ":") || difference.startsWith(key + ".")))
                .toList();
        if (!differences.isEmpty()) {
            throw new UserError(holdsARun(folder, RunDirectory.CONFIG) + "; give another output folder, move this one away, or go on with the "
                    + "run by its own settings, of which only " + String.join(", ", MAY_CHANGE) + " may change. They differ:\n  "
                    + String.join("\n  ", differences));
        }
    }
}
