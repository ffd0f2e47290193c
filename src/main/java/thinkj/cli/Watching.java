package thinkj.cli;

import java.time.Duration;
import picocli.CommandLine.Option;
import thinkj.report.LiveReport;
import thinkj.train.RunOptions;

/** How a training run may be watched. */
final class Watching {

    @Option(names = "--report-every", defaultValue = "15", paramLabel = "SECONDS",
            description = "Bring report.html, plots/ and tensorboard/ in the run's folder up to date at most this often, and at the end. "
                    + "Default: ${DEFAULT-VALUE}.")
    private int reportEvery;

    /** The same run, watched. */
    RunOptions add(RunOptions options) {
        Standard.requireAtLeastOne("--report-every", reportEvery);
        return options.heardBy(new LiveReport(Duration.ofSeconds(reportEvery)));
    }
}
