package thinkj.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import thinkj.config.GrpoConfig;
import thinkj.train.GrpoTrainer;

/** {@code thinkj grpo}: a reinforcement run as a config says. */
@Command(name = "grpo", description = "Improves a judge by sampling judgements and rewarding the right ones (GRPO).")
public final class GrpoCommand implements Callable<Integer> {

    @Mixin
    private TrainingArguments arguments;

    @Mixin
    private Watching watching;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new GrpoCommand(), arguments);
    }

    @Override
    public Integer call() {
        GrpoConfig config = arguments.load(GrpoConfig.class);
        if (arguments.dryRun()) {
            GrpoTrainer.dryRun(config, spec.commandLine().getOut());
        } else {
            GrpoTrainer.run(config, watching.add(arguments.options()), spec.commandLine().getOut());
        }
        return 0;
    }
}
