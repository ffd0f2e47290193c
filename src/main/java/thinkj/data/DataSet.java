package thinkj.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import thinkj.io.JsonLines.Row;
import thinkj.io.UserError;

/** The published sets whose rows can be read, and tables of the user's own. */
public enum DataSet {
    /** Judge input, or any table with named columns; see {@link Columns}. */
    JUDGE(GenericSet::read),
    /** What {@code thinkj judge} writes; its {@code cot} is the trace. */
    JUDGED((row, columns) -> Reading.kept(JudgeRows.judged(row).example())),
    /** HelpSteer2's preferences: {@code prompt, response_1, response_2, preference_strength}. */
    HELPSTEER2((row, columns) -> HelpSteer2.read(row)),
    /** Anthropic's dialogues: {@code chosen, rejected} as text. */
    HH_RLHF((row, columns) -> HhRlhf.read(row)),
    /** Skywork's preferences: {@code chosen, rejected} as lists of messages. */
    SKYWORK((row, columns) -> Skywork.read(row)),
    /** RewardBench: {@code subset, id, prompt, chosen, rejected}. */
    REWARDBENCH((row, columns) -> RewardBenchRows.read(row));

    private final BiFunction<Row, Columns, Reading> reader;

    DataSet(BiFunction<Row, Columns, Reading> reader) {
        this.reader = reader;
    }

    /** The name in options and as the source of GRPO's rows, such as {@code hh-rlhf}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The set of this name. */
    public static DataSet of(String key) {
        for (DataSet set : values()) {
            if (set.key().equals(key)) {
                return set;
            }
        }
        throw new UserError("no data set format is called '" + key + "'; there are "
                + Arrays.stream(values()).map(DataSet::key).collect(Collectors.joining(", ")));
    }

    /** The column that holds a teacher's answer. */
    String traceColumn(Columns columns) {
        return this == JUDGED ? "cot" : columns.of("trace");
    }

    Reading read(Row row, Columns columns) {
        return reader.apply(row, columns);
    }
}
