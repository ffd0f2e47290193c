package thinkj;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("golden")
class GoldenTest {

    @Test
    void parameterTablesHoldTheNormsTheyState() {
        JsonNode table = Golden.json("sft/golden.json").get("grads");
        var parameters = Golden.parameters("sft", table);
        for (JsonNode row : table.get("params")) {
            double[] values = parameters.get(row.get("name").asText()).doubles();
            double square = 0;
            for (double value : values) {
                square += value * value;
            }
            double stated = row.get("l2").asDouble();
            // Summation order alone differs.
            assertEquals(stated, Math.sqrt(square), 1e-9 * stated);
        }
    }
}
