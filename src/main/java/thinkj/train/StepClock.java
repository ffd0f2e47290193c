package thinkj.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Seconds that the parts of a step took. */
final class StepClock {
    /** Tokens a second of the whole step. */
    static final String THROUGHPUT = "perf/throughput";

    private final long started = System.nanoTime();
    private final Map<String, Double> seconds = new LinkedHashMap<>();

    /** Does a part and notes its time, added to what the part took before. */
    <T> T time(String part, Supplier<T> work) {
        long from = System.nanoTime();
        T result = work.get();
        seconds.merge(part, (System.nanoTime() - from) / 1e9, Double::sum);
        return result;
    }

    void time(String part, Runnable work) {
        time(part, () -> {
            work.run();
            return null;
        });
    }

    /** Since this clock was made. */
    double elapsed() {
        return (System.nanoTime() - started) / 1e9;
    }

    /** A line of {@code timings.jsonl}: {@code timing_s/PART}, {@code timing_s/step}, and tokens a second of the whole step. */
    Map<String, Double> report(long tokens) {
        Map<String, Double> line = new LinkedHashMap<>();
        line.put(THROUGHPUT, tokens / elapsed());
        seconds.forEach((part, value) -> line.put("timing_s/" + part, value));
        line.put("timing_s/step", elapsed());
        return line;
    }
}
