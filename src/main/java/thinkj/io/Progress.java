package thinkj.io;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * How far a long job is, on standard error: a bar with the time left where a terminal is attached (the launcher says so by the system
 * property {@code thinkj.terminal}), else a plain line now and then, fit for a log file.
 */
public final class Progress implements AutoCloseable {
    private static final long PLAIN_INTERVAL = Duration.ofSeconds(30).toNanos();
    private static final int BAR_INTERVAL_MILLIS = 500;

    private final String task;
    private final long total;
    private final long before;
    private final ProgressBar bar;
    private final PrintStream plain;
    private final long started = System.nanoTime();
    private long shown = started;
    private long done;
    private String extra = "";

    private Progress(String task, long total, long before, ProgressBar bar, PrintStream plain) {
        this.task = task;
        this.total = total;
        this.before = before;
        this.done = before;
        this.bar = bar;
        this.plain = plain;
    }

    /**
     * Starts a job.
     *
     * @param task a word or two
     * @param total number of steps
     * @param unit what one step is, such as {@code rows}
     */
    public static Progress start(String task, long total, String unit) {
        return start(task, total, unit, 0);
    }

    /** @param done how many of the steps were done before, in a time that tells nothing */
    public static Progress start(String task, long total, String unit, long done) {
        if (!Boolean.getBoolean("thinkj.terminal")) {
            return plain(task, total, done, System.err);
        }
        ProgressBar bar = new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUnit(" " + unit, 1)
                .startsFrom(done, Duration.ZERO)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(BAR_INTERVAL_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(System.err))
                .build();
        return new Progress(task, total, done, bar, null);
    }

    static Progress plain(String task, long total, long done, PrintStream out) {
        return new Progress(task, total, done, null, out);
    }

    /** One more step is done. */
    public void step() {
        step(1);
    }

    /** Some more steps are done. */
    public synchronized void step(long steps) {
        done += steps;
        if (bar != null) {
            bar.stepBy(steps);
        } else {
            show(done == total);
        }
    }

    private void show(boolean always) {
        if (always || System.nanoTime() - shown > PLAIN_INTERVAL) {
            shown = System.nanoTime();
            plain.println(line());
        }
    }

    /** A few words beside the bar, such as the loss, or how far a long step is. */
    public synchronized void note(String words) {
        extra = words;
        if (bar != null) {
            bar.setExtraMessage(" " + words);
        } else if (done < total) {
            show(false);
        }
    }

    private String line() {
        double seconds = (shown - started) / 1e9;
        String left = done == before || done >= total ? "" : String.format(", %.0f s left", seconds / (done - before) * (total - done));
        return String.format("%s: %d of %d, %.0f s%s%s", task, done, total, seconds, left, extra.isEmpty() ? "" : "; " + extra);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
