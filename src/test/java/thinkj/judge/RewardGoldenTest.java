package thinkj.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import thinkj.Golden;

/** The published rewards and parsers, answer by answer, exactly (rewards to the bit, the sign of zero included). */
@Tag("golden")
class RewardGoldenTest {
    private static final String FILE = "rewards/golden.json";

    @TestFactory
    Stream<DynamicTest> rewardTables() {
        JsonNode tables = Golden.json(FILE).get("reward_tables");
        assertFalse(tables.isEmpty());
        return tables.properties().stream()
                .flatMap(table -> stream(table.getValue())
                        .map(row -> DynamicTest.dynamicTest(
                                row.get("id").asText(),
                                () -> assertRewards(table.getKey(), row.get("output").asText(), row.get("reward")))));
    }

    @TestFactory
    Stream<DynamicTest> everyFunctionOnEveryAnswer() {
        JsonNode golden = Golden.json(FILE);
        Map<String, String> outputs = new HashMap<>();
        golden.get("reward_tables").forEach(table -> table.forEach(row -> outputs.put(row.get("id").asText(), row.get("output").asText())));
        return stream(golden.get("all_functions_on_all_outputs"))
                .map(row -> DynamicTest.dynamicTest(
                        row.get("id").asText(), () -> assertAll(row, outputs.get(row.get("id").asText()))));
    }

    private static void assertAll(JsonNode row, String output) {
        row.properties().forEach(field -> {
            String name = field.getKey();
            if (name.startsWith("reward_")) {
                assertRewards(name, output, field.getValue());
            } else if (name.startsWith("process_output_")) {
                assertParsed(parser(name), output, field.getValue());
            }
        });
    }

    private static void assertRewards(String function, String output, JsonNode byGroundTruth) {
        Reward reward = Rewards.byName(function.substring("reward_".length()) + "-original");
        byGroundTruth.properties().forEach(expected -> {
            double value = reward.score(new RewardInput("golden", "", output, expected.getKey(), Map.of()));
            JsonNode node = expected.getValue();
            double wanted = node.isObject() ? node.get("value").asDouble() : node.asDouble();
            assertEquals(Double.doubleToLongBits(wanted), Double.doubleToLongBits(value),
                    () -> function + " of ground truth " + expected.getKey() + ": " + value + " for " + wanted);
        });
    }

    private static VerdictParser parser(String function) {
        return switch (function) {
            case "process_output_cot.loose" -> VerdictParser.of(PromptKind.COT, ParserMode.ORIGINAL);
            case "process_output_cot.strict" -> VerdictParser.of(PromptKind.COT, ParserMode.ORIGINAL_STRICT);
            case "process_output_strength" -> VerdictParser.of(PromptKind.STRENGTH, ParserMode.ORIGINAL);
            default -> throw new IllegalArgumentException("unknown function in the golden file: " + function);
        };
    }

    private static void assertParsed(VerdictParser parser, String output, JsonNode expected) {
        Verdict verdict = parser.parse(output);
        assertEquals(expected.get("judgement").asInt(), verdict.better());
        JsonNode cot = expected.get("cot");
        assertEquals(cot.isObject() ? output : cot.asText(), verdict.text());
        if (expected.has("strength")) {
            int side = expected.get("judgement").asInt() == 1 ? -1 : 1;
            assertEquals(side * expected.get("strength").asInt(), verdict.strength());
        }
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return Stream.iterate(0, i -> i + 1).limit(array.size()).map(array::get);
    }
}
