package thinkj.data;

import java.util.Locale;

/** How rows are laid out in a file. */
public enum RowFormat {
    /** One array of objects. */
    JSON(".json"),
    /** An object a line. */
    JSON_LINES(".jsonl", ".ndjson"),
    /** Comma-separated with a line of column names. */
    CSV(".csv"),
    /** Tab-separated with a line of column names. */
    TSV(".tsv"),
    /** Apache Parquet. */
    PARQUET(".parquet", ".pq");

    private final String[] endings;

    RowFormat(String... endings) {
        this.endings = endings;
    }

    /** The format that a file name's ending tells, {@code .gz} left aside; null where it tells none. */
    static RowFormat ofName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        String plain = lower.endsWith(".gz") ? lower.substring(0, lower.length() - 3) : lower;
        for (RowFormat format : values()) {
            for (String ending : format.endings) {
                if (plain.endsWith(ending)) {
                    return format;
                }
            }
        }
        return null;
    }
}
