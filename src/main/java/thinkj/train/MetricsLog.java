package thinkj.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import thinkj.io.LineLog;

/** {@code metrics.jsonl} or {@code timings.jsonl}: a line a step, on its way to the disk before the next step begins. */
public final class MetricsLog implements AutoCloseable {
    private final LineLog log;
    private final boolean dated;
    private final ObjIntConsumer<Map<String, ? extends Number>> listener;

    private MetricsLog(Path file, boolean dated, ObjIntConsumer<Map<String, ? extends Number>> listener) {
        this.log = LineLog.open(file);
        this.dated = dated;
        this.listener = listener;
    }

    /**
     * A log whose lines hold nothing but what they are given.
     *
     * @param listener hears of every line that is written, with its step
     */
    static MetricsLog plain(Path file, ObjIntConsumer<Map<String, ? extends Number>> listener) {
        return new MetricsLog(file, false, listener);
    }

    /** A log whose lines also say when they were written: {@code time}, in seconds since 1970. */
    static MetricsLog dated(Path file) {
        return new MetricsLog(file, true, (values, step) -> {});
    }

    /**
     * Writes a line that starts with the step.
     *
     * @param values in the order given; one that is not finite is written as null, since JSON has no such numbers
     */
    public void write(int step, Map<String, ? extends Number> values) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step);
        if (dated) {
            line.put("time", System.currentTimeMillis() / 1e3);
        }
        values.forEach((name, value) -> line.put(name, Double.isFinite(value.doubleValue()) ? value : null));
        log.append(line);
        listener.accept(values, step);
    }

    @Override
    public void close() {
        log.close();
    }
}
