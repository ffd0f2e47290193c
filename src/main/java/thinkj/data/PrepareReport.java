package thinkj.data;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import thinkj.io.Json;

/** Counts of what became of every row, in the order of the steps. */
public final class PrepareReport {
    private long read;
    private final Map<String, Long> dropped = new LinkedHashMap<>();
    private final Map<String, Long> notes = new LinkedHashMap<>();
    private final Map<String, Long> written = new LinkedHashMap<>();

    /** One more row was read. */
    public void read() {
        read++;
    }

    /** One more row is left out for this reason. */
    public void drop(String reason) {
        dropped.merge(reason, 1L, Long::sum);
    }

    /** Something was done to one more row that stays. */
    public void note(String what) {
        notes.merge(what, 1L, Long::sum);
    }

    /** A file was written. */
    public void wrote(String file, long rows) {
        written.put(file, rows);
    }

    public long rowsRead() {
        return read;
    }

    /** {@code read}, {@code dropped} by reason, {@code changed} by what was done, {@code written} by file. */
    public ObjectNode json() {
        ObjectNode json = Json.MAPPER.createObjectNode().put("read", read);
        json.set("dropped", Json.MAPPER.valueToTree(dropped));
        json.set("changed", Json.MAPPER.valueToTree(notes));
        json.set("written", Json.MAPPER.valueToTree(written));
        return json;
    }

    /** Lines for a person. */
    public String text() {
        StringBuilder text = new StringBuilder(line("read", read));
        dropped.forEach((reason, count) -> text.append(line("  dropped: " + reason, count)));
        notes.forEach((what, count) -> text.append(line("  " + what, count)));
        written.forEach((file, count) -> text.append(line("written to " + file, count)));
        return text.toString();
    }

    private static String line(String what, long count) {
        return String.format(Locale.ROOT, "%9d  %s\n", count, what);
    }
}
