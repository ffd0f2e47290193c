package thinkj.report;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.train.RunListener;

/**
 * Keeps a run's report up to date while it trains, on a thread of its own that the training never waits for: at most every so many seconds,
 * and never for more than a fiftieth of the time. At the end of the run it is made once more. What goes wrong is logged once and stops
 * nothing.
 */
public final class LiveReport implements RunListener {
    private static final Logger LOG = LoggerFactory.getLogger(LiveReport.class);

    /** Time between two reports, as a multiple of what the last one took. */
    private static final int REST = 49;

    private final Duration interval;
    private ScheduledExecutorService worker;
    private RunReport report;
    private boolean failed;

    /** @param interval least time between two reports */
    public LiveReport(Duration interval) {
        this.interval = interval;
    }

    @Override
    public void began(Path run) {
        report = new RunReport(run);
        failed = false;
        worker = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "report");
            thread.setDaemon(true);
            thread.setPriority(Thread.MIN_PRIORITY);
            return thread;
        });
        worker.schedule(this::refresh, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void refresh() {
        long started = System.nanoTime();
        write(false);
        long took = System.nanoTime() - started;
        worker.schedule(this::refresh, Math.max(interval.toNanos(), REST * took), TimeUnit.NANOSECONDS);
    }

    private void write(boolean over) {
        try {
            report.write(over, interval.toSeconds());
        } catch (RuntimeException | LinkageError e) {
            if (!failed) {
                LOG.warn("the report could not be written; the run goes on, `thinkj report` makes it again", e);
            }
            failed = true;
        }
    }

    /** Waits for the last report: a process that ends must not leave it half-way. */
    @Override
    public void ended(Path run) {
        if (worker == null) {
            return;
        }
        try {
            worker.submit(() -> write(true)).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            LOG.warn("the report could not be written", e.getCause());
        }
        worker.shutdownNow();
        worker = null;
    }
}
