package thinkj.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import thinkj.config.SftConfig;
import thinkj.train.SftTrainer;

/** {@code thinkj sft}: supervised fine-tuning of a judge or a critic. */
@Command(name = "sft", description = "Trains a judge or a critic by example.")
public final class SftCommand implements Callable<Integer> {

    @Mixin
    private TrainingArguments arguments;

    @Mixin
    private Watching watching;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new SftCommand(), arguments);
    }

    @Override
    public Integer call() {
        SftConfig config = arguments.load(SftConfig.class);
        PrintWriter out = spec.commandLine().getOut();
        if (arguments.dryRun()) {
            SftTrainer.dryRun(config, out);
        } else {
            watching.watch(arguments.options(), out, options -> SftTrainer.run(config, options, out));
        }
        return 0;
    }
}
