package thinkj.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import thinkj.io.JsonLines.Row;
import thinkj.io.Streams;
import thinkj.io.UserError;

/**
 * Reads files of examples, in any format of {@link RowFile}. Every row is looked at before anything is reported: a {@link UserError}
 * lists what is wrong with file, line and field. A file without rows is an error too.
 */
public final class Examples {

    private Examples() {}

    /** Supervised files, one after the other: {@code instruction}, {@code output}, and perhaps {@code system} and {@code input}. */
    public static Located<SftExample> sft(List<Path> files) {
        return read(files, Examples::sft);
    }

    private static SftExample sft(Row row) {
        return new SftExample(
                RowFields.textOr(row, "system", ""),
                row.text("instruction"),
                RowFields.textOr(row, "input", ""),
                row.text("output"));
    }

    /** Preference files, one after the other: {@code instruction}, {@code chosen}, {@code rejected}, and perhaps {@code system}. */
    public static Located<PreferencePair> pairs(List<Path> files) {
        return read(files, Examples::pair);
    }

    private static PreferencePair pair(Row row) {
        return new PreferencePair(RowFields.textOr(row, "system", ""), row.text("instruction"), row.text("chosen"), row.text("rejected"));
    }

    /** Files of prompts to sample answers for, usually Parquet, one after the other. */
    public static Located<GrpoRow> grpo(List<Path> files) {
        return read(files, GrpoRows::of);
    }

    /** Judge input. Rows without an id get one from their content; ids must be unique. */
    public static List<JudgeExample> judge(String file) {
        return read(file, unique(row -> JudgeRows.example(row, Columns.STANDARD), JudgeExample::id));
    }

    /** What a judge or a critic said; ids must be unique. */
    public static List<Judged> judged(String file) {
        return read(file, unique(JudgeRows::judged, judged -> judged.example().id()));
    }

    /** One file of them. */
    public static List<GrpoRow> grpo(String file) {
        return read(file, GrpoRows::of);
    }

    private static <T> Located<T> read(List<Path> files, Function<Row, T> reading) {
        List<T> examples = new ArrayList<>();
        List<String> places = new ArrayList<>();
        for (Path file : files) {
            examples.addAll(read(file.toString(), row -> {
                T example = reading.apply(row);
                places.add(row.place());
                return example;
            }));
        }
        return new Located<>(List.copyOf(examples), List.copyOf(places));
    }

    private static <T> List<T> read(String file, Function<Row, T> reading) {
        List<T> examples = new ArrayList<>();
        RowProblems problems = new RowProblems();
        RowFile.forEach(file, row -> {
            T example = problems.tryRow(row, reading);
            if (example != null) {
                examples.add(example);
            }
        });
        problems.report(Streams.inputName(file));
        if (examples.isEmpty()) {
            throw empty(file);
        }
        return examples;
    }

    static UserError empty(String file) {
        return new UserError(Streams.inputName(file) + ": the data set is empty, at least one row is needed");
    }

    private static <T> Function<Row, T> unique(Function<Row, T> reading, Function<T, String> id) {
        Map<String, String> places = new HashMap<>();
        return row -> {
            T example = reading.apply(row);
            String earlier = places.putIfAbsent(id.apply(example), row.place());
            if (earlier != null) {
                throw new UserError(row.place() + ": id: " + id.apply(example) + " stands at " + earlier
                        + " already; ids must be unique (rows without one are told apart by their content)");
            }
            return example;
        };
    }
}
