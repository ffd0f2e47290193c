package thinkj.ui;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.io.FileErrors;
import thinkj.io.JsonLines;

/** A log that grows, read on from where it was left; a last line that is not whole yet stays for the next time. */
final class LogTail {
    private final Path file;
    private long position;

    /**
     * A line's numbers.
     *
     * @param values by name, the step left out, as is what is no number
     */
    record Line(int step, Map<String, Double> values) {}

    /** @param file need not be there yet */
    LogTail(Path file) {
        this.file = file;
    }

    /** The lines that have come since the last time, at first all. */
    List<Line> next() {
        if (!Files.exists(file)) {
            return List.of();
        }
        try (FileChannel channel = FileChannel.open(file); InputStream in = Channels.newInputStream(channel.position(position))) {
            byte[] bytes = in.readAllBytes();
            int end = bytes.length;
            while (end > 0 && bytes[end - 1] != '\n') {
                end--;
            }
            position += end;
            return new String(bytes, 0, end, StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank()).map(this::line).toList();
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    private Line line(String text) {
        JsonLines.Row row = JsonLines.parse(file.toString(), text);
        Map<String, Double> values = new LinkedHashMap<>();
        row.json().properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (value.isNumber() && !field.getKey().equals("step")) {
                values.put(field.getKey(), value.doubleValue());
            }
        });
        return new Line(row.require("step").asInt(), values);
    }
}
