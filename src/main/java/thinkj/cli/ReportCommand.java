package thinkj.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import thinkj.report.RunReport;

/** {@code thinkj report}: a run's report anew. */
@WithoutTensors
@Command(
        name = "report",
        description = {
            "Makes report.html, plots/ and tensorboard/ of runs anew, from the files of their folders alone.",
            "Training commands keep them up to date by themselves."
        })
public final class ReportCommand implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "RUN", description = "Folders that training commands wrote to.")
    private List<Path> runs;

    @Option(names = "--refresh", defaultValue = "15", paramLabel = "SECONDS",
            description = "How often a browser is to look again while a run goes on. Default: ${DEFAULT-VALUE}.")
    private int refresh;

    @Spec
    private CommandSpec spec;

    /** Runs this command alone. */
    public static void main(String[] arguments) {
        Main.exit(new ReportCommand(), arguments);
    }

    @Override
    public Integer call() {
        Standard.requireAtLeastOne("--refresh", refresh);
        PrintWriter out = spec.commandLine().getOut();
        for (Path run : runs) {
            RunReport report = new RunReport(run);
            report.write(false, refresh);
            out.println("report: " + report.page());
        }
        out.flush();
        return 0;
    }
}
