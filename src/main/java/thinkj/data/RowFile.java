package thinkj.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import thinkj.io.FileErrors;
import thinkj.io.Json;
import thinkj.io.JsonLines;
import thinkj.io.JsonLines.Row;
import thinkj.io.Streams;
import thinkj.io.UserError;

/**
 * Rows of any file that holds a table: JSON array, JSON Lines, CSV, TSV or Parquet, plain or gzip, or standard input ({@code -}).
 * Parquet is told by its first bytes, CSV and TSV by the name's ending, a JSON array by its bracket; everything else is JSON Lines.
 * What cannot be read is a {@link UserError} with file, line and reason.
 */
public final class RowFile {
    private static final int LOOK_AHEAD = 1 << 16;
    /** Takes one item of an array, which more items follow. */
    private static final ObjectReader ITEM = Json.MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private RowFile() {}

    /** All rows. */
    public static List<Row> readAll(String name) {
        List<Row> rows = new ArrayList<>();
        forEach(name, rows::add);
        return rows;
    }

    /** Passes on every row in order; only one of them is held. */
    public static void forEach(String name, Consumer<Row> rows) {
        if (!Streams.isStandard(name) && ParquetRows.isParquet(Path.of(name))) {
            ParquetRows.read(Path.of(name), rows);
            return;
        }
        try (BufferedReader text = Streams.reader(name)) {
            read(Streams.inputName(name), RowFormat.ofName(name), text, rows);
        } catch (UncheckedIOException e) {
            throw FileErrors.reading(Path.of(Streams.inputName(name)), e.getCause());
        } catch (IOException e) {
            throw FileErrors.reading(Path.of(Streams.inputName(name)), e);
        }
    }

    private static void read(String place, RowFormat named, BufferedReader text, Consumer<Row> rows) throws IOException {
        if (named == RowFormat.PARQUET) {
            throw new UserError(place + ": not a Parquet file, it does not begin with PAR1");
        } else if (named == RowFormat.CSV || named == RowFormat.TSV) {
            readCsv(place, named == RowFormat.CSV ? CSVFormat.RFC4180 : CSVFormat.TDF, text, rows);
        } else if (beginsWithBracket(text)) {
            readArray(place, text, rows);
        } else {
            readLines(place, text, rows);
        }
    }

    private static boolean beginsWithBracket(BufferedReader text) throws IOException {
        text.mark(LOOK_AHEAD);
        int c = text.read();
        for (int read = 1; read < LOOK_AHEAD && c >= 0 && Character.isWhitespace(c); read++) {
            c = text.read();
        }
        text.reset();
        return c == '[';
    }

    private static void readLines(String place, BufferedReader text, Consumer<Row> rows) throws IOException {
        long line = 0;
        for (String row = text.readLine(); row != null; row = text.readLine()) {
            line++;
            if (!row.isBlank()) {
                rows.accept(JsonLines.parse(place + ":" + line, row));
            }
        }
    }

    private static void readArray(String place, BufferedReader text, Consumer<Row> rows) throws IOException {
        try (JsonParser parser = Json.MAPPER.createParser(text)) {
            parser.nextToken();
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                String where = place + ":" + parser.currentTokenLocation().getLineNr();
                if (ITEM.<JsonNode>readTree(parser) instanceof ObjectNode object) {
                    rows.accept(new Row(where, object));
                } else {
                    throw new UserError(where + ": the array must hold objects only");
                }
            }
            if (parser.nextToken() != null) {
                throw new UserError(place + ":" + parser.currentTokenLocation().getLineNr() + ": text after the end of the array");
            }
        } catch (JsonProcessingException e) {
            throw new UserError(place + ":" + e.getLocation().getLineNr() + ": not valid JSON at column " + e.getLocation().getColumnNr()
                    + ": " + Json.reason(e), e);
        }
    }

    private static void readCsv(String place, CSVFormat format, BufferedReader text, Consumer<Row> rows) throws IOException {
        CSVFormat named = format.builder().setHeader().setSkipHeaderRecord(true).setIgnoreEmptyLines(true).get();
        try (CSVParser parser = parser(place, named, text)) {
            int columns = parser.getHeaderNames().size();
            Iterator<CSVRecord> records = parser.iterator();
            long line = parser.getCurrentLineNumber() + 1;
            while (hasNext(place, line, records)) {
                CSVRecord record = records.next();
                if (record.size() != columns) {
                    throw new UserError(place + ":" + line + ": " + record.size() + " values, the header names " + columns + " columns");
                }
                ObjectNode row = Json.MAPPER.createObjectNode();
                record.toMap().forEach((column, value) -> row.put(column, value));
                rows.accept(new Row(place + ":" + line, row));
                line = parser.getCurrentLineNumber() + 1;
            }
        }
    }

    private static CSVParser parser(String place, CSVFormat format, BufferedReader text) throws IOException {
        try {
            return CSVParser.builder().setReader(text).setFormat(format).get();
        } catch (IllegalArgumentException | CSVException e) {
            throw new UserError(place + ":1: the line of column names cannot be used: " + e.getMessage(), e);
        }
    }

    private static boolean hasNext(String place, long line, Iterator<CSVRecord> records) {
        try {
            return records.hasNext();
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof CSVException) {
                throw new UserError(place + ":" + line + ": not valid CSV: " + e.getCause().getMessage(), e);
            }
            throw e;
        }
    }
}
