package thinkj.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;

/** The project's one JSON mapper: strict where a slip could hide (duplicate keys, text after the value), without limits on text length. */
public final class Json {

    /** Reads and writes JSON; safe to share between threads. */
    public static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private static final ObjectWriter PRETTY = MAPPER.writer(SerializationFeature.INDENT_OUTPUT);

    private Json() {}

    /** The value in a JSON file, plain or gzip. A missing file or a slip in it is the user's error, with file, line and column. */
    public static JsonNode read(Path file) {
        try (var in = Streams.input(file.toString())) {
            JsonNode node = MAPPER.readTree(in);
            if (node == null || node.isMissingNode()) {
                throw new UserError(file + ": the file is empty, a JSON value was expected");
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new UserError(file + ":" + e.getLocation().getLineNr() + ":" + e.getLocation().getColumnNr() + ": not valid JSON: "
                    + reason(e), e);
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    /** Writes a value indented, with a line end, beside and renamed. */
    public static void write(Path file, Object value) {
        AtomicFile.write(file, out -> {
            out.write(PRETTY.writeValueAsBytes(value));
            out.write('\n');
        });
    }

    /** What is wrong with a text that is no JSON, without the parser's own affairs. */
    public static String reason(JsonProcessingException e) {
        return e.getOriginalMessage().replaceAll("\\[Source: [^;]*; ", "[");
    }

    /** One line of JSON without a line end. */
    public static String line(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + value.getClass().getName(), e);
        }
    }
}
