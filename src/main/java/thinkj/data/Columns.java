package thinkj.data;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.io.JsonLines.Row;
import thinkj.io.UserError;

/**
 * Which column of a user's own table holds what. A field stands in the column of its own name unless it is mapped:
 * {@code instruction=question}.
 */
public final class Columns {

    /** Every field in the column of its own name. */
    public static final Columns STANDARD = new Columns(Map.of());

    /** Fields that can be mapped. A trace is a teacher's answer to the judge's prompt. */
    public static final List<String> FIELDS =
            List.of("id", "instruction", "response1", "response2", "better", "strength", "chosen", "rejected", "trace");

    private final Map<String, String> mapped;

    private Columns(Map<String, String> mapped) {
        this.mapped = mapped;
    }

    /** Of texts {@code field=column}. */
    public static Columns of(List<String> mappings) {
        Map<String, String> mapped = new LinkedHashMap<>();
        for (String mapping : mappings) {
            int equals = mapping.indexOf('=');
            String field = equals < 0 ? mapping : mapping.substring(0, equals);
            if (equals < 0 || !FIELDS.contains(field)) {
                throw new UserError("column " + mapping + ": must have the form field=column, the fields are " + String.join(", ", FIELDS));
            }
            if (mapped.put(field, mapping.substring(equals + 1)) != null) {
                throw new UserError("column " + mapping + ": " + field + " is mapped twice");
            }
        }
        return new Columns(mapped);
    }

    /** The column of a field. */
    public String of(String field) {
        return mapped.getOrDefault(field, field);
    }

    /** Refuses a mapping to a column that the first row of a table does not have. */
    public void check(Row first) {
        for (Map.Entry<String, String> mapping : mapped.entrySet()) {
            if (!first.json().has(mapping.getValue())) {
                throw new UserError(first.place() + ": no column '" + mapping.getValue() + "' (asked for as " + mapping.getKey()
                        + "); the row has " + names(first));
            }
        }
    }

    static String names(Row row) {
        return row.json().isEmpty() ? "no columns" : String.join(", ", (Iterable<String>) row.json()::fieldNames);
    }
}
