package thinkj.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import thinkj.io.Json;
import thinkj.quickstart.Quickstart;
import thinkj.quickstart.QuickstartReport;
import thinkj.train.RunOptions;

/** {@code thinkj quickstart}: the whole pipeline on an embedded default. */
@Command(
        name = "quickstart",
        description = {
            "Runs the whole pipeline in minutes: a small base model becomes judge and critic, their answers become pairs, DPO and GRPO "
                    + "improve the judge, and each judge is asked about held-out tasks in both orders.",
            "Tasks are generated, so that the better response is certain. Settings: configs/quickstart/."
        })
public final class QuickstartCommand implements Callable<Integer> {

    @Option(names = "--seed", defaultValue = "42", paramLabel = "N", description = "Of data, order and samples. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--out", defaultValue = "runs/quickstart", paramLabel = "DIR",
            description = "Where everything goes; new or empty, or that of a quickstart that was stopped, which goes on. Default: ${DEFAULT-VALUE}.")
    private Path out;

    @Option(names = "--json", description = "Print the result as one line of JSON; progress goes to standard error.")
    private boolean json;

    @Option(names = "--base-material", paramLabel = "DIR",
            description = "Only write what the base model is made of, its tokenizer and its lessons; see model-import/README.md.")
    private Path baseMaterial;

    @Option(names = "--lessons", defaultValue = "34560", paramLabel = "N",
            description = "Number of lessons of --base-material. Default: ${DEFAULT-VALUE}.")
    private int lessons;

    @Mixin
    private Watching watching;

    @Parameters(paramLabel = "key=value",
            description = "Settings in place of those in configs/quickstart/quickstart.yaml; with a stage's name before them, in place of "
                    + "those in the stage's own config: grpo.max_steps=20.")
    private List<String> overrides = List.of();

    @Spec
    private CommandSpec spec;

    /** Runs this command alone. */
    public static void main(String[] arguments) {
        Main.exit(new QuickstartCommand(), arguments);
    }

    @Override
    public Integer call() {
        PrintWriter result = spec.commandLine().getOut();
        PrintWriter log = json ? spec.commandLine().getErr() : result;
        Path home = Path.of(System.getProperty("thinkj.home", ""));
        if (baseMaterial != null) {
            int tokens = Quickstart.writeBaseMaterial(home, overrides, lessons, seed, baseMaterial);
            result.println(baseMaterial + ": " + lessons + " lessons and a tokenizer of " + tokens + " tokens");
            result.flush();
            return 0;
        }
        QuickstartReport report = watching.watch(
                RunOptions.STANDARD, log, options -> new Quickstart(home, out, seed, overrides, options, log).run());
        log.flush();
        if (json) {
            result.println(Json.line(report.json()));
        } else {
            result.println();
            result.print(report.table());
            result.println("Everything that was made: " + out);
        }
        result.flush();
        return 0;
    }
}
