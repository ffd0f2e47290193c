package thinkj.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A result file as tables for the terminal. */
public final class ResultTable {
    private static final List<String> STATISTICS = List.of("single_accuracy", "pair_accuracy", "pair_agreement_rate", "failure_rate");
    private static final List<String> ORDERS = List.of("both", "forward", "reversed");

    private ResultTable() {}

    /** @param result the content of {@code result.json} */
    public static String of(JsonNode result) {
        StringBuilder out = new StringBuilder();
        out.append(String.format(Locale.ROOT, "%s on %s: %d pairs in both orders, prompt %s, parser %s%n", result.path("model").asText(),
                result.path("benchmark").asText(), result.path("pairs").asInt(), result.path("prompt").asText(),
                result.path("parser").asText()));
        count(out, result, "dropped", "pairs left out: too long for the context");
        count(out, result, "shortened", "pairs judged with shortened responses");
        count(out, result, "cut_off", "answers cut off at the most new tokens");
        result.path("notes").forEach(note -> out.append("  note: ").append(note.asText()).append(System.lineSeparator()));
        statistics(out, result.path("statistics"));
        if (result.has("official")) {
            official(out, result.path("official"));
        }
        return out.toString();
    }

    private static void count(StringBuilder out, JsonNode result, String field, String words) {
        int count = result.path(field).asInt();
        if (count > 0) {
            out.append(String.format(Locale.ROOT, "  %d %s%n", count, words));
        }
    }

    private static void statistics(StringBuilder out, JsonNode lines) {
        out.append(String.format(Locale.ROOT, "%n%-12s %10s %10s %10s %10s%n", "percent", "single", "pair", "agreement", "failures"));
        lines.properties().forEach(line -> out.append(String.format(Locale.ROOT, "%-12s %10.2f %10.2f %10.2f %10.2f%n",
                cells(line.getKey(), line.getValue()))));
    }

    private static void official(StringBuilder out, JsonNode orders) {
        out.append(String.format(Locale.ROOT, "%n%-12s %10s %10s %10s%n", "RewardBench", "both", "forward", "reversed"));
        orders.path(ORDERS.get(0)).fieldNames().forEachRemaining(section -> {
            List<Object> cells = new ArrayList<>(List.of(section));
            ORDERS.forEach(order -> cells.add(100 * orders.path(order).path(section).asDouble()));
            out.append(String.format(Locale.ROOT, "%-12s %10.2f %10.2f %10.2f%n", cells.toArray()));
        });
    }

    private static Object[] cells(String name, JsonNode line) {
        List<Object> cells = new ArrayList<>(List.of(name));
        STATISTICS.forEach(field -> cells.add(line.path(field).asDouble()));
        return cells.toArray();
    }
}
