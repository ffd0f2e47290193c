package thinkj.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import thinkj.io.Json;
import thinkj.io.JsonLines.Row;

/** Judge input and judged rows as JSON, both ways. */
final class JudgeRows {
    /** The strength that the data states, in a judged row, where {@code strength} is what the judge says. */
    static final String TRUE_STRENGTH = "true_strength";

    private static final int ID_BYTES = 8;

    private JudgeRows() {}

    /** A row of judge input; without an id it gets one from its content. */
    static JudgeExample example(Row row, Columns columns) {
        return example(row, columns, columns.of("strength"));
    }

    static Judged judged(Row row) {
        int strength = row.has("strength") ? RowFields.wholeNumber(row, "strength") : 0;
        JudgeExample example = example(row, Columns.STANDARD, TRUE_STRENGTH);
        return new Judged(example, RowFields.wholeNumber(row, "judgement"), strength, row.text("cot"));
    }

    private static JudgeExample example(Row row, Columns columns, String strengthColumn) {
        String instruction = row.text(columns.of("instruction"));
        String response1 = row.text(columns.of("response1"));
        String response2 = row.text(columns.of("response2"));
        Integer strength = present(row, strengthColumn) ? Integer.valueOf(RowFields.wholeNumber(row, strengthColumn)) : null;
        String id = row.has(columns.of("id")) ? RowFields.name(row, columns.of("id")) : hash(instruction, response1, response2);
        return new JudgeExample(id, instruction, response1, response2, better(row, columns.of("better"), strength), strength);
    }

    /** CSV has no null but the empty text. */
    static boolean present(Row row, String column) {
        return row.has(column) && !(row.json().get(column).isTextual() && row.json().get(column).textValue().isBlank());
    }

    /** As the row says, or by the sign of its strength. */
    private static int better(Row row, String column, Integer strength) {
        if (!row.has(column) && strength != null && strength != 0) {
            return strength < 0 ? 1 : 2;
        }
        JsonNode value = row.require(column);
        return switch (value.isTextual() ? value.textValue().strip() : value.asText()) {
            case "1", "1.0", "a", "A" -> 1;
            case "2", "2.0", "b", "B" -> 2;
            default -> throw RowFields.refuse(row, column, value, "must be 1 or 2");
        };
    }

    /** A name made of texts: the same texts have the same name, in every run. */
    static String hash(String... texts) {
        return HexFormat.of().formatHex(digest(texts), 0, ID_BYTES);
    }

    /** SHA-256 of texts. */
    static byte[] digest(String... texts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String text : texts) {
                digest.update(text.getBytes(StandardCharsets.UTF_8));
                // 0xff is in no UTF-8 text, so texts cannot run into each other.
                digest.update((byte) 0xff);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static ObjectNode json(JudgeExample example) {
        ObjectNode json = withoutStrength(example);
        if (example.strength() != null) {
            json.put("strength", example.strength());
        }
        return json;
    }

    static ObjectNode json(Judged judged) {
        ObjectNode json = withoutStrength(judged.example());
        if (judged.example().strength() != null) {
            json.put(TRUE_STRENGTH, judged.example().strength());
        }
        return json.put("judgement", judged.judgement()).put("strength", judged.strength()).put("cot", judged.cot());
    }

    private static ObjectNode withoutStrength(JudgeExample example) {
        return Json.MAPPER.createObjectNode()
                .put("id", example.id())
                .put("instruction", example.instruction())
                .put("response1", example.response1())
                .put("response2", example.response2())
                .put("better", example.better());
    }
}
