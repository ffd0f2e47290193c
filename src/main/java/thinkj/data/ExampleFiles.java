package thinkj.data;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import thinkj.io.FileErrors;
import thinkj.io.Json;
import thinkj.io.JsonLines;
import thinkj.io.Streams;
import thinkj.io.TextOutput;
import thinkj.io.UserError;

/**
 * Writes files of examples: a JSON array where the name ends in {@code .json}, else JSON Lines; prompts for GRPO also as Parquet
 * ({@code .parquet}). {@code -} is standard output.
 */
public final class ExampleFiles {

    private ExampleFiles() {}

    public static void writeSft(String file, List<SftExample> examples) {
        write(file, examples, example -> Json.MAPPER.createObjectNode()
                .put("system", example.system())
                .put("instruction", example.instruction())
                .put("input", example.input())
                .put("output", example.output()));
    }

    public static void writePairs(String file, List<PreferencePair> pairs) {
        write(file, pairs, pair -> Json.MAPPER.createObjectNode()
                .put("system", pair.system())
                .put("instruction", pair.instruction())
                .put("chosen", pair.chosen())
                .put("rejected", pair.rejected()));
    }

    public static void writeJudge(String file, List<JudgeExample> examples) {
        write(file, examples, JudgeRows::json);
    }

    public static void writeJudged(String file, List<Judged> judged) {
        write(file, judged, JudgeRows::json);
    }

    public static void writeGrpo(String file, List<GrpoRow> rows) {
        if (RowFormat.ofName(file) == RowFormat.PARQUET) {
            GrpoRows.writeParquet(Path.of(file), rows);
        } else {
            write(file, rows, GrpoRows::json);
        }
    }

    /** Refuses an output name whose ending promises what is not written, before any work is done. */
    public static void checkName(String file, boolean parquetToo) {
        RowFormat format = RowFormat.ofName(file);
        boolean writable = format == null || format == RowFormat.JSON || format == RowFormat.JSON_LINES
                || parquetToo && format == RowFormat.PARQUET;
        if (!writable || file.toLowerCase(Locale.ROOT).endsWith(".gz")) {
            throw new UserError(file + ": this is written as .jsonl or .json" + (parquetToo ? " or .parquet" : "")
                    + ", choose such a name");
        }
    }

    private static <T> void write(String file, List<T> items, Function<T, ObjectNode> json) {
        if (RowFormat.ofName(file) == RowFormat.JSON) {
            writeArray(file, items, json);
            return;
        }
        try (JsonLines.Writer lines = JsonLines.write(file)) {
            items.forEach(item -> lines.write(json.apply(item)));
            lines.commit();
        }
    }

    private static <T> void writeArray(String file, List<T> items, Function<T, ObjectNode> json) {
        try (TextOutput out = Streams.writer(file)) {
            JsonGenerator generator = Json.MAPPER.createGenerator(out)
                    .useDefaultPrettyPrinter()
                    .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            generator.writeStartArray();
            for (T item : items) {
                generator.writeTree(json.apply(item));
            }
            generator.writeEndArray();
            generator.writeRaw('\n');
            generator.close();
            out.commit();
        } catch (IOException e) {
            throw FileErrors.writing(Path.of(file), e);
        }
    }
}
