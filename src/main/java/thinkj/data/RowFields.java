package thinkj.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.List;
import thinkj.io.JsonLines.Row;
import thinkj.io.UserError;
import thinkj.tokenizer.Message;

/** Values of a row by column name; every refusal names place, column, value and rule. CSV holds numbers as texts, which count too. */
final class RowFields {

    private RowFields() {}

    static String textOr(Row row, String column, String otherwise) {
        return row.has(column) ? row.text(column) : otherwise;
    }

    /** A name: a text or a whole number. */
    static String name(Row row, String column) {
        JsonNode value = row.require(column);
        if (!value.isTextual() && !value.isIntegralNumber() || value.asText().isBlank()) {
            throw refuse(row, column, value, "must be a text or a whole number");
        }
        return value.asText();
    }

    static int wholeNumber(Row row, String column) {
        JsonNode value = row.require(column);
        if (value.isIntegralNumber() && value.canConvertToInt()) {
            return value.intValue();
        }
        // A table with gaps comes out of pandas with 2.0 for 2.
        if (value.isFloatingPointNumber() && value.doubleValue() == Math.rint(value.doubleValue())) {
            return (int) value.doubleValue();
        }
        try {
            return Integer.parseInt(value.isTextual() ? value.textValue().strip() : "");
        } catch (NumberFormatException e) {
            throw refuse(row, column, value, "must be a whole number");
        }
    }

    /** A dialogue: a list of {@code {role, content}}. */
    static List<Message> messages(Row row, String column) {
        JsonNode value = row.require(column);
        if (!(value instanceof ArrayNode list)) {
            throw refuse(row, column, value, "must be a list of {role, content}");
        }
        List<Message> messages = new ArrayList<>();
        for (JsonNode item : list) {
            if (!item.path("role").isTextual() || !item.path("content").isTextual()) {
                throw refuse(row, column, item, "every message must have the texts role and content");
            }
            messages.add(new Message(item.get("role").textValue(), item.get("content").textValue()));
        }
        return messages;
    }

    static UserError refuse(Row row, String column, JsonNode value, String rule) {
        return new UserError(row.place() + ": " + column + ": " + shown(value) + ", " + rule);
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }
}
