package thinkj.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Function;
import picocli.CommandLine.Option;
import thinkj.io.UserError;
import thinkj.report.LiveReport;
import thinkj.report.TrainingUi;
import thinkj.train.RunOptions;

/** How training runs may be watched. */
final class Watching {

    @Option(names = "--report-every", defaultValue = "15", paramLabel = "SECONDS",
            description = "Bring report.html, plots/ and tensorboard/ in the run's folder up to date at most this often, and at the end. "
                    + "Default: ${DEFAULT-VALUE}.")
    private int reportEvery;

    @Option(names = "--ui",
            description = "Show the curves in Deeplearning4j's training UI as long as the run goes on, to browsers on this machine alone.")
    private boolean ui;

    @Option(names = "--ui-port", paramLabel = "PORT",
            description = "Port of --ui; 0 takes any that is free. Default: " + TrainingUi.DEFAULT_PORT + ".")
    private Integer uiPort;

    /**
     * Does what trains, watched.
     *
     * @param options of the runs
     * @param out gets the UI's address
     */
    <R> R watch(RunOptions options, PrintWriter out, Function<RunOptions, R> training) {
        Standard.requireAtLeastOne("--report-every", reportEvery);
        RunOptions reported = options.heardBy(new LiveReport(Duration.ofSeconds(reportEvery)));
        if (!ui) {
            requireUiForPort();
            return training.apply(reported);
        }
        int port = uiPort == null ? TrainingUi.DEFAULT_PORT : uiPort;
        try (TrainingUi.Server server = TrainingUi.serve(port, TrainingUi.class.getClassLoader())) {
            out.println("training UI: " + server.address());
            out.flush();
            return training.apply(reported.heardBy(server));
        }
    }

    private void requireUiForPort() {
        if (uiPort != null) {
            throw new UserError("--ui-port: " + uiPort + ", is for --ui, which is not given; add it, or leave the port away");
        }
    }
}
