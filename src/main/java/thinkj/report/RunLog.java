package thinkj.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import thinkj.io.FileErrors;
import thinkj.io.JsonLines;

/**
 * A log of a run, {@code metrics.jsonl} or {@code timings.jsonl}: numbers by step and name. It may be growing: a last line that is not
 * yet whole is left for the next time. Where a run went back to an earlier step, what it does from there on counts.
 */
final class RunLog {
    private final NavigableMap<Integer, Map<String, Double>> lines = new TreeMap<>();
    private final Set<Integer> notFinite = new TreeSet<>();

    /** Reads what is there; a file that is not there yet is an empty log. */
    static RunLog read(Path file) {
        RunLog log = new RunLog();
        String text = text(file);
        int number = 0;
        for (int start = 0, end; (end = text.indexOf('\n', start)) >= 0; start = end + 1) {
            number++;
            if (end > start) {
                log.add(JsonLines.parse(file + ":" + number, text.substring(start, end)));
            }
        }
        return log;
    }

    private static String text(Path file) {
        try {
            // A line that is not yet whole may end within a character, which must not be an error.
            return Files.exists(file) ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    private void add(JsonLines.Row row) {
        int step = row.require("step").asInt();
        lines.tailMap(step, true).clear();
        notFinite.removeIf(other -> other >= step);
        Map<String, Double> values = new LinkedHashMap<>();
        row.json().properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (value.isNumber() && !field.getKey().equals("step")) {
                values.put(field.getKey(), value.doubleValue());
            } else if (value.isNull()) {
                notFinite.add(step);
            }
        });
        lines.put(step, values);
    }

    /** Values by step. */
    SortedMap<Integer, Map<String, Double>> lines() {
        return lines;
    }

    /** The last step that there is a line of. */
    Optional<Integer> lastStep() {
        return lines.isEmpty() ? Optional.empty() : Optional.of(lines.lastKey());
    }

    /** Steps some value of which was no number, written as null. */
    Set<Integer> notFinite() {
        return notFinite;
    }

    /** Every metric, in the order in which they first appear. */
    Map<String, Series> series() {
        Set<String> names = new LinkedHashSet<>();
        lines.values().forEach(values -> names.addAll(values.keySet()));
        Map<String, Series> series = new LinkedHashMap<>();
        for (String name : names) {
            SortedMap<Integer, Double> points = new TreeMap<>();
            lines.forEach((step, values) -> {
                if (values.containsKey(name)) {
                    points.put(step, values.get(name));
                }
            });
            series.put(name, Series.of(name, points));
        }
        return series;
    }
}
