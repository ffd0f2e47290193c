package thinkj.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import thinkj.io.Json;
import thinkj.io.JsonLines.Row;
import thinkj.tokenizer.Message;

/** Rows of verl's data files, as Parquet and as JSON. */
final class GrpoRows {
    private static final String WHOLE_NUMBER = "[+-]?[0-9]{1,18}";

    private GrpoRows() {}

    static GrpoRow of(Row row) {
        JsonNode reward = row.require("reward_model");
        JsonNode truth = reward.path("ground_truth");
        if (!truth.isTextual() && !truth.isNumber()) {
            throw RowFields.refuse(row, "reward_model", reward, "must hold a ground_truth, a text or a number");
        }
        JsonNode extra = row.json().path("extra_info");
        return new GrpoRow(
                row.text("data_source"),
                RowFields.messages(row, "prompt"),
                RowFields.textOr(row, "ability", ""),
                reward.path("style").asText(""),
                truth.asText(),
                extra.path("split").asText(""),
                extra.path("index").asLong(0));
    }

    static ObjectNode json(GrpoRow row) {
        ObjectNode json = Json.MAPPER.createObjectNode().put("data_source", row.dataSource());
        ArrayNode prompt = json.putArray("prompt");
        for (Message message : row.prompt()) {
            prompt.addObject().put("role", message.role()).put("content", message.content());
        }
        json.put("ability", row.ability());
        ObjectNode reward = json.putObject("reward_model").put("style", row.style());
        if (row.groundTruth().matches(WHOLE_NUMBER)) {
            reward.put("ground_truth", Long.parseLong(row.groundTruth()));
        } else {
            reward.put("ground_truth", row.groundTruth());
        }
        json.putObject("extra_info").put("split", row.split()).put("index", row.index());
        return json;
    }

    /** Right answers are written as whole numbers if all of them are, which is how the original rewards read them; else as texts. */
    static void writeParquet(Path file, List<GrpoRow> rows) {
        boolean numbers = rows.stream().allMatch(row -> row.groundTruth().matches(WHOLE_NUMBER));
        Schema schema = schema(numbers);
        ParquetFile.write(file, schema, rows, row -> record(schema, row, numbers));
    }

    private static Schema schema(boolean numbers) {
        Schema message = SchemaBuilder.record("message").fields().requiredString("role").requiredString("content").endRecord();
        var reward = SchemaBuilder.record("reward_model").fields().optionalString("style");
        return SchemaBuilder.record("row").fields()
                .optionalString("data_source")
                .name("prompt").type().array().items(message).noDefault()
                .optionalString("ability")
                .name("reward_model")
                .type((numbers ? reward.optionalLong("ground_truth") : reward.optionalString("ground_truth")).endRecord()).noDefault()
                .name("extra_info")
                .type(SchemaBuilder.record("extra_info").fields().optionalString("split").optionalLong("index").endRecord()).noDefault()
                .endRecord();
    }

    private static GenericRecord record(Schema schema, GrpoRow row, boolean numbers) {
        GenericRecord record = new GenericData.Record(schema);
        record.put("data_source", row.dataSource());
        Schema message = schema.getField("prompt").schema().getElementType();
        record.put("prompt", row.prompt().stream().map(m -> fill(message, m.role(), m.content())).toList());
        record.put("ability", row.ability());
        Object truth = numbers ? (Object) Long.valueOf(row.groundTruth()) : row.groundTruth();
        record.put("reward_model", fill(schema.getField("reward_model").schema(), row.style(), truth));
        record.put("extra_info", fill(schema.getField("extra_info").schema(), row.split(), row.index()));
        return record;
    }

    private static GenericRecord fill(Schema schema, Object first, Object second) {
        GenericRecord record = new GenericData.Record(schema);
        record.put(0, first);
        record.put(1, second);
        return record;
    }
}
