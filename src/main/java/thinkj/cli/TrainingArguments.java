package thinkj.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import thinkj.config.ConfigLoader;
import thinkj.train.RunOptions;

/** What every trainer's command takes: a recipe, and values in place of the recipe's. */
final class TrainingArguments {

    @Option(names = "--config", required = true, paramLabel = "FILE",
            description = "The recipe, a file such as those in configs/qwen2.5-0.5b.")
    private Path config;

    @Option(names = "--dry-run",
            description = "Print what would be done with which data, the memory it takes and about how long; write nothing.")
    private boolean dryRun;

    @Option(names = "--resume",
            description = "Demand that the output folder holds the beginning of this run. Without, a run goes on where it was interrupted, and "
                    + "one that has not begun begins.")
    private boolean resume;

    @Parameters(
            paramLabel = "KEY=VALUE",
            arity = "0..*",
            description = "Take the place of the file's values: output=runs/b optimizer.learning_rate=1e-6.")
    private List<String> overrides = new ArrayList<>();

    boolean dryRun() {
        return dryRun;
    }

    RunOptions options() {
        return resume ? RunOptions.STANDARD.resuming() : RunOptions.STANDARD;
    }

    <C extends Record> C load(Class<C> type) {
        return ConfigLoader.load(config, overrides, type);
    }
}
