package thinkj.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.io.AtomicFile;

/**
 * What people look at, made from the files of a run's folder: {@code report.html}, {@code plots/*.png}, {@code tensorboard/}. Each is
 * whole at every moment, and may be made again at any time.
 */
public final class RunReport {
    private static final Logger LOG = LoggerFactory.getLogger(RunReport.class);
    private static final String PAGE = "report.html";

    private final Path folder;
    private final TensorBoard tensorBoard;
    private boolean saidThatPlotsAreMissing;

    /** @param folder of a run */
    public RunReport(Path folder) {
        this.folder = folder;
        this.tensorBoard = new TensorBoard(folder);
    }

    /** Where the page is. */
    public Path page() {
        return folder.resolve(PAGE);
    }

    /**
     * Makes everything from what the folder holds now.
     *
     * @param over whether the run is known to have ended; else it goes on as long as its process does
     * @param refreshSeconds how often a browser is to look again while the run goes on
     * @throws thinkj.io.UserError if the folder holds no run, or cannot be written
     */
    public void write(boolean over, long refreshSeconds) {
        RunFolder run = RunFolder.read(folder, over);
        AtomicFile.writeText(page(), Page.of(run, refreshSeconds));
        tensorBoard.update(run);
        plots(run.series());
    }

    private void plots(Map<String, Series> series) {
        Optional<String> problem = ChartImages.problem();
        if (problem.isEmpty()) {
            List<Chart> charts = Chart.of(series);
            ChartImages.write(charts, folder.resolve("plots"));
        } else if (!saidThatPlotsAreMissing) {
            LOG.warn(problem.get());
            saidThatPlotsAreMissing = true;
        }
    }
}
