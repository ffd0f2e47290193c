package thinkj.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import thinkj.config.DpoConfig;
import thinkj.train.DpoTrainer;

/** {@code thinkj dpo}: a preference run as a config says. */
@Command(name = "dpo", description = "Improves a judge by preferred and rejected judgements (DPO).")
public final class DpoCommand implements Callable<Integer> {

    @Mixin
    private TrainingArguments arguments;

    @Mixin
    private Watching watching;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new DpoCommand(), arguments);
    }

    @Override
    public Integer call() {
        DpoConfig config = arguments.load(DpoConfig.class);
        PrintWriter out = spec.commandLine().getOut();
        if (arguments.dryRun()) {
            DpoTrainer.dryRun(config, out);
        } else {
            watching.watch(arguments.options(), out, options -> DpoTrainer.run(config, options, out));
        }
        return 0;
    }
}
