package thinkj.ui;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.deeplearning4j.core.storage.StatsStorage;
import org.deeplearning4j.ui.model.stats.api.StatsReport;
import org.deeplearning4j.ui.model.storage.InMemoryStatsStorage;
import thinkj.io.JsonLines;

/** A run's curves as Deeplearning4j's storage, in memory; a session each. */
final class RunFeed {
    /** In the lines of {@code timings.jsonl}: seconds since 1970. */
    private static final String TIME = "time";

    private final StatsStorage storage = new InMemoryStatsStorage();
    private final String name;
    private final JsonNode start;
    private final LogTail timings;
    private final LogTail metrics;
    private final NavigableMap<Integer, Long> clock = new TreeMap<>();
    private final Map<String, Point> last = new HashMap<>();
    private final long began = System.currentTimeMillis();

    /** Of a curve; the storage knows its points by their times. */
    private record Point(int step, long time) {}

    /**
     * Reads what a run that is taken up again has done before.
     *
     * @param run its folder, in which the start is noted
     */
    RunFeed(Path run) {
        this.name = plain(run.toAbsolutePath().normalize().getFileName().toString());
        List<JsonLines.Row> starts = JsonLines.readAll(run.resolve("environment.jsonl").toString());
        this.start = starts.get(starts.size() - 1).json();
        this.timings = new LogTail(run.resolve("timings.jsonl"));
        this.metrics = new LogTail(run.resolve("metrics.jsonl"));
        // The youngest session is the one that the pages begin with.
        String headline = session(headline());
        last.put(headline, open(headline, began + 1));
        read(Optional.empty());
    }

    /** What the pages show at first: the loss, and where a policy learns by rewards, what it earns. */
    private String headline() {
        return start.path("recipe").asText().equals("grpo") ? "critic/score/mean" : "loss";
    }

    StatsStorage storage() {
        return storage;
    }

    /** Takes over what the logs have grown by, which is happening now. */
    void read() {
        read(Optional.of(Reports.Memory.now()));
    }

    /** @param memory of the process when it wrote this; empty where that was another one */
    private void read(Optional<Reports.Memory> memory) {
        List<LogTail.Line> timed = timings.next();
        timed.stream()
                .filter(line -> line.values().containsKey(TIME))
                .forEach(line -> clock.put(line.step(), Math.round(line.values().get(TIME) * 1e3)));
        metrics.next().forEach(line -> add(line, memory));
        timed.forEach(line -> add(line, memory));
    }

    private void add(LogTail.Line line, Optional<Reports.Memory> memory) {
        line.values().forEach((metric, value) -> {
            if (!metric.equals(TIME)) {
                StatsReport report = point(session(metric), line.step(), value);
                memory.ifPresent(now -> now.addTo(report));
                storage.putUpdate(report);
            }
        });
    }

    private StatsReport point(String session, int step, double value) {
        Point before = last.computeIfAbsent(session, name -> open(name, began));
        Map.Entry<Integer, Long> timed = clock.floorEntry(step);
        long time = Math.max(before.time() + 1, timed == null ? began : timed.getValue());
        StatsReport report = Reports.ofPoint(session, time, step, value);
        double seconds = (time - before.time()) / 1e3;
        report.reportPerformance(0, 0, step, 0, before.step() == 0 ? 0 : (step - before.step()) / seconds);
        last.put(session, new Point(step, time));
        return report;
    }

    /** Begins a curve, which has no point yet. */
    private Point open(String session, long time) {
        storage.putStaticInfo(Reports.ofRun(session, time, start));
        return new Point(0, 0);
    }

    private String session(String metric) {
        return name + ":" + plain(metric);
    }

    /** The pages put names of sessions into addresses and into HTML as they are. */
    private static String plain(String text) {
        return text.replaceAll("[^A-Za-z0-9_.-]", ".");
    }
}
