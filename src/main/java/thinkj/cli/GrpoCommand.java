package thinkj.cli;

import java.io.PrintWriter;
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
        PrintWriter out = spec.commandLine().getOut();
        if (arguments.dryRun()) {
            GrpoTrainer.dryRun(config, out);
        } else {
            watching.watch(arguments.options(), out, options -> GrpoTrainer.run(config, options, out));
        }
        return 0;
    }
}
