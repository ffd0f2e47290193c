package thinkj.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import thinkj.config.ConfigLoader;

/** What every trainer's command takes: a recipe, and values in place of the recipe's. */
final class TrainingArguments {

    @Option(names = "--config", required = true, paramLabel = "FILE",
            description = "The recipe, a file such as those in configs/qwen2.5-0.5b.")
    private Path config;

    @Option(names = "--dry-run",
            description = "Print what would be done with which data, the memory it takes and about how long; write nothing.")
    private boolean dryRun;

    @Parameters(
            paramLabel = "KEY=VALUE",
            arity = "0..*",
            description = "Take the place of the file's values: output=runs/b optimizer.learning_rate=1e-6.")
    private List<String> overrides = new ArrayList<>();

    boolean dryRun() {
        return dryRun;
    }

    <C extends Record> C load(Class<C> type) {
        return ConfigLoader.load(config, overrides, type);
    }
}
