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
import thinkj.config.SftConfig;
import thinkj.train.SftTrainer;

/** {@code thinkj sft}: supervised fine-tuning of a judge or a critic. */
@Command(name = "sft", description = "Trains a judge or a critic by example.")
public final class SftCommand implements Callable<Integer> {

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The recipe, such as configs/qwen2.5-0.5b/sft-judge.yaml.")
    private Path config;

    @Parameters(paramLabel = "KEY=VALUE", arity = "0..*", description = "Take the place of the file's values: output=runs/b optimizer.learning_rate=1e-5.")
    private List<String> overrides = new ArrayList<>();

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new SftCommand(), arguments);
    }

    @Override
    public Integer call() {
        SftTrainer.run(ConfigLoader.load(config, overrides, SftConfig.class), spec.commandLine().getOut());
        return 0;
    }
}
