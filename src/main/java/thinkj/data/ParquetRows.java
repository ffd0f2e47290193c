package thinkj.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.avro.AvroParquetReader;
import org.apache.parquet.avro.AvroReadSupport;
import org.apache.parquet.avro.AvroSchemaConverter;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.io.LocalInputFile;
import thinkj.io.FileErrors;
import thinkj.io.JsonLines.Row;
import thinkj.io.Streams;
import thinkj.io.UserError;

/** Rows of a Parquet file as JSON objects; lists and structs of any depth. */
final class ParquetRows {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private ParquetRows() {}

    /** Whether the file, unpacked where it is gzip, begins as Parquet does. */
    static boolean isParquet(Path file) {
        try (InputStream in = Streams.input(file.toString())) {
            return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    /** Passes on every row; the place of each is {@code file: row n}, counted from 1. */
    static void read(Path file, Consumer<Row> rows) {
        try {
            if (isPlain(file)) {
                read(file, file, rows);
            } else {
                readUnpacked(file, rows);
            }
        } catch (IOException e) {
            throw damaged(file, e);
        }
    }

    private static boolean isPlain(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
        }
    }

    /** Parquet is read from its end, which gzip does not allow. */
    private static void readUnpacked(Path file, Consumer<Row> rows) throws IOException {
        Path plain = Files.createTempFile("thinkj", ".parquet");
        try {
            try (InputStream in = Streams.input(file.toString())) {
                Files.copy(in, plain, StandardCopyOption.REPLACE_EXISTING);
            }
            read(plain, file, rows);
        } finally {
            Files.delete(plain);
        }
    }

    private static void read(Path plain, Path named, Consumer<Row> rows) throws IOException {
        try (ParquetReader<GenericRecord> reader = reader(plain)) {
            long row = 0;
            for (GenericRecord record = next(reader, named); record != null; record = next(reader, named)) {
                rows.accept(new Row(named + ": row " + ++row, object(record)));
            }
        }
    }

    private static ParquetReader<GenericRecord> reader(Path file) throws IOException {
        PlainParquetConfiguration settings = new PlainParquetConfiguration();
        settings.setBoolean(AvroReadSupport.READ_INT96_AS_FIXED, true);
        // Files of other programs: the middle level of a list is no record of its own.
        settings.setBoolean(AvroSchemaConverter.ADD_LIST_ELEMENT_RECORDS, false);
        return AvroParquetReader.<GenericRecord>builder(new LocalInputFile(file), settings)
                .withDataModel(GenericData.get())
                .withCodecFactory(new ParquetCodecs())
                .build();
    }

    /** Parquet says by runtime exceptions of many kinds that a file is damaged. */
    private static GenericRecord next(ParquetReader<GenericRecord> reader, Path file) throws IOException {
        try {
            return reader.read();
        } catch (RuntimeException e) {
            throw damaged(file, e);
        }
    }

    /** The innermost cause says what is wrong, the outer ones only where Parquet stood. */
    private static UserError damaged(Path file, Exception e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new UserError(file + ": not a readable Parquet file: " + words(cause), e);
    }

    /** Parquet names the file by the Java object that reads it. */
    private static String words(Throwable cause) {
        return cause.getMessage() == null
                ? cause.getClass().getSimpleName()
                : cause.getMessage().replaceAll("\\S+@\\p{XDigit}+ is not", "it is not");
    }

    private static ObjectNode object(GenericRecord record) {
        ObjectNode node = JSON.objectNode();
        for (Schema.Field field : record.getSchema().getFields()) {
            node.set(field.name(), node(record.get(field.pos())));
        }
        return node;
    }

    private static JsonNode node(Object value) {
        if (value == null) {
            return JSON.nullNode();
        } else if (value instanceof GenericRecord record) {
            return object(record);
        } else if (value instanceof Collection<?> list) {
            ArrayNode array = JSON.arrayNode();
            list.forEach(item -> array.add(node(item)));
            return array;
        } else if (value instanceof Map<?, ?> map) {
            ObjectNode object = JSON.objectNode();
            map.forEach((key, item) -> object.set(key.toString(), node(item)));
            return object;
        } else if (value instanceof Integer || value instanceof Long) {
            return JSON.numberNode(((Number) value).longValue());
        } else if (value instanceof Float || value instanceof Double) {
            return JSON.numberNode(((Number) value).doubleValue());
        } else if (value instanceof Boolean bool) {
            return JSON.booleanNode(bool);
        } else if (value instanceof ByteBuffer bytes) {
            return JSON.textNode(StandardCharsets.UTF_8.decode(bytes.duplicate()).toString());
        } else if (value instanceof GenericFixed fixed) {
            return JSON.binaryNode(fixed.bytes());
        }
        return JSON.textNode(value.toString());
    }
}
