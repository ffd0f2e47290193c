package thinkj.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import thinkj.config.ConfigLoader;
import thinkj.config.GrpoConfig;
import thinkj.train.GrpoTrainer;

/** {@code thinkj grpo}: a reinforcement run as a config says. */
@Command(name = "grpo", description = "Improves a judge by sampling judgements and rewarding the right ones (GRPO).")
public final class GrpoCommand implements Callable<Integer> {

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The recipe, such as configs/qwen2.5-0.5b/grpo.yaml.")
    private Path config;

    @Parameters(
            paramLabel = "KEY=VALUE",
            arity = "0..*",
            description = "Take the place of the file's values: output=runs/b optimizer.learning_rate=1e-6.")
    private List<String> overrides = new ArrayList<>();

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new GrpoCommand(), arguments);
    }

    @Override
    public Integer call() {
        GrpoTrainer.run(ConfigLoader.load(config, overrides, GrpoConfig.class), spec.commandLine().getOut());
        return 0;
    }
}
