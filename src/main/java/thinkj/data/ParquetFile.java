package thinkj.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.avro.AvroWriteSupport;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import thinkj.io.AtomicFile;

/** Writes Parquet files: snappy, lists in the standard three levels, beside and renamed. */
final class ParquetFile {

    private ParquetFile() {}

    static <T> void write(Path file, Schema schema, List<T> rows, Function<T, GenericRecord> record) {
        AtomicFile.write(file, out -> {
            // Parquet's writer wants a file of its own.
            Path draft = Files.createTempFile(file.toAbsolutePath().getParent(), file.getFileName().toString(), ".draft");
            try {
                try (ParquetWriter<GenericRecord> writer = writer(draft, schema)) {
                    for (T row : rows) {
                        writer.write(record.apply(row));
                    }
                }
                Files.copy(draft, out);
            } finally {
                Files.deleteIfExists(draft);
            }
        });
    }

    private static ParquetWriter<GenericRecord> writer(Path file, Schema schema) throws IOException {
        PlainParquetConfiguration settings = new PlainParquetConfiguration();
        settings.setBoolean(AvroWriteSupport.WRITE_OLD_LIST_STRUCTURE, false);
        return AvroParquetWriter.<GenericRecord>builder(new LocalOutputFile(file))
                .withSchema(schema)
                .withConf(settings)
                .withDataModel(GenericData.get())
                .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
                .withCompressionCodec(CompressionCodecName.SNAPPY)
                .withCodecFactory(new ParquetCodecs())
                .build();
    }
}
