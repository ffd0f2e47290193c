package thinkj.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** JSON Lines: one JSON object a line, blank lines left out. */
public final class JsonLines {
    private JsonLines() {}

    /**
     * An object and where it stands.
     *
     * @param place {@code file:line}, the start of every message about it
     */
    public record Row(String place, ObjectNode json) {

        /** A text that must be there. */
        public String text(String field) {
            JsonNode value = require(field);
            if (!value.isTextual()) {
                throw new UserError(place + ": " + field + ": " + value + ", must be a text");
            }
            return value.textValue();
        }

        /** A value that must be there and not null. */
        public JsonNode require(String field) {
            JsonNode value = json.get(field);
            if (value == null || value.isNull()) {
                throw new UserError(place + ": " + field + ": missing, every row must have it");
            }
            return value;
        }

        /** Whether there is a value that is not null. */
        public boolean has(String field) {
            return json.hasNonNull(field);
        }
    }

    /** Rows of a file or of standard input ({@code -}), read as they are asked for. */
    public static Reader read(String name) {
        return new Reader(Streams.inputName(name), Streams.reader(name));
    }

    /** All rows of a file or of standard input. */
    public static List<Row> readAll(String name) {
        try (Reader reader = read(name)) {
            List<Row> rows = new ArrayList<>();
            reader.forEachRemaining(rows::add);
            return rows;
        }
    }

    /** Writes a file that appears with {@link Writer#commit}, or standard output ({@code -}). */
    public static Writer write(String name) {
        return new Writer(Streams.writer(name));
    }

    /** Reads row by row; a line that is no JSON object is a {@link UserError} with file, line and reason. */
    public static final class Reader implements Iterator<Row>, AutoCloseable {
        private final String name;
        private final BufferedReader lines;
        private long line;
        private Row next;

        private Reader(String name, BufferedReader lines) {
            this.name = name;
            this.lines = lines;
        }

        @Override
        public boolean hasNext() {
            if (next == null) {
                next = advance();
            }
            return next != null;
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Row row = next;
            next = null;
            return row;
        }

        private Row advance() {
            try {
                for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                    line++;
                    if (!text.isBlank()) {
                        return parse(name + ":" + line, text);
                    }
                }
                return null;
            } catch (IOException e) {
                throw FileErrors.reading(Path.of(name), e);
            }
        }

        @Override
        public void close() {
            try {
                lines.close();
            } catch (IOException e) {
                throw FileErrors.reading(Path.of(name), e);
            }
        }
    }

    /** One line as a row. */
    public static Row parse(String place, String text) {
        try {
            if (Json.MAPPER.readTree(text) instanceof ObjectNode object) {
                return new Row(place, object);
            }
            throw new UserError(place + ": a JSON object is expected on every line");
        } catch (JsonProcessingException e) {
            throw new UserError(place + ": not valid JSON at column " + e.getLocation().getColumnNr() + ": " + Json.reason(e), e);
        }
    }

    /** Writes objects (tree nodes, records, maps) a line each. */
    public static final class Writer implements AutoCloseable {
        private final TextOutput out;

        private Writer(TextOutput out) {
            this.out = out;
        }

        public void write(Object value) {
            String text = Json.line(value);
            out.write(text.toCharArray(), 0, text.length());
            out.write(new char[] {'\n'}, 0, 1);
        }

        /** For a reader at the other end of a pipe. */
        public void flush() {
            out.flush();
        }

        /** All rows are written. */
        public void commit() {
            out.commit();
        }

        @Override
        public void close() {
            out.close();
        }
    }
}
