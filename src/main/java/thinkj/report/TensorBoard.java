package thinkj.report;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import thinkj.io.FileErrors;
import thinkj.io.Folders;

/**
 * {@code tensorboard/}: one event file with every line of the run's logs once. It is made from the logs alone and then goes on with what
 * they grow by; a run that was taken up again gets a new file in the place of the old one, so that no step is there twice.
 */
final class TensorBoard {
    /** TensorBoard reads the files of a folder in the order of their names. */
    private static final String NAME = "events.out.tfevents.%010d.thinkj";

    private final Path folder;
    private Path file;

    /** Last steps that were written, of metrics and timings. */
    private int metricsDone;

    private int timingsDone;

    /** @param run the run's folder */
    TensorBoard(Path run) {
        this.folder = run.resolve("tensorboard");
    }

    /** Writes what is new; all of it the first time, and where the file has gone. */
    void update(RunFolder run) {
        try {
            NavigableMap<Integer, Double> clock = clock(run);
            if (file == null || !Files.exists(file)) {
                begin(run, clock);
            }
            try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.APPEND)) {
                EventFile events = new EventFile(out);
                metricsDone = append(events, run.metrics(), metricsDone, clock);
                timingsDone = append(events, run.timings(), timingsDone, clock);
            }
        } catch (IOException e) {
            throw FileErrors.writing(folder, e);
        }
    }

    private void begin(RunFolder run, NavigableMap<Integer, Double> clock) throws IOException {
        Folders.create(folder);
        for (Path old : files()) {
            Files.delete(old);
        }
        double start = clock.firstEntry().getValue();
        file = folder.resolve(String.format(NAME, System.currentTimeMillis() / 1000));
        metricsDone = -1;
        timingsDone = -1;
        try (OutputStream out = Files.newOutputStream(file)) {
            EventFile events = new EventFile(out);
            events.begin(start);
            events.text(start, 0, "config", run.config().indent(4));
        }
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "events.out.tfevents.*.thinkj")) {
            found.forEach(files::add);
        }
        return files;
    }

    /** @return the last step written */
    private static int append(EventFile events, RunLog log, int done, NavigableMap<Integer, Double> clock) {
        int last = done;
        for (var line : log.lines().entrySet()) {
            if (line.getKey() > done) {
                Map<String, Double> values = new LinkedHashMap<>(line.getValue());
                values.remove(RunFolder.TIME);
                write(events, clock.floorEntry(line.getKey()).getValue(), line.getKey(), values);
                last = line.getKey();
            }
        }
        return last;
    }

    private static void write(EventFile events, double time, int step, Map<String, Double> values) {
        try {
            events.scalars(time, step, values);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Seconds since 1970 by step; where no timing says them, those of the metrics' file. */
    private static NavigableMap<Integer, Double> clock(RunFolder run) throws IOException {
        NavigableMap<Integer, Double> clock = new TreeMap<>();
        run.timings().lines().forEach((step, values) -> {
            if (values.containsKey(RunFolder.TIME)) {
                clock.put(step, values.get(RunFolder.TIME));
            }
        });
        FileTime written = Files.getLastModifiedTime(run.folder().resolve("metrics.jsonl"));
        clock.put(Integer.MIN_VALUE, clock.isEmpty() ? written.toMillis() / 1e3 : clock.firstEntry().getValue());
        return clock;
    }
}
