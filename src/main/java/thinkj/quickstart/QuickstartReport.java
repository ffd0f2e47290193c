package thinkj.quickstart;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import thinkj.io.Json;

/**
 * What the quickstart ends in.
 *
 * @param stages {@code base, sft, dpo, grpo} to the evaluation's percentages by name
 * @param seconds how long the whole took
 */
public record QuickstartReport(Map<String, Map<String, Double>> stages, double seconds) {

    /** {@code {"base": {"single_accuracy": …, …}, …, "seconds": …}}. */
    public ObjectNode json() {
        ObjectNode json = Json.MAPPER.createObjectNode();
        stages.forEach((stage, values) -> values.forEach(json.withObject("/" + stage)::put));
        return json.put("seconds", Math.round(seconds * 10) / 10.0);
    }

    /** A line for each stage, for the terminal. */
    public String table() {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("accuracy", "single_accuracy");
        columns.put("pair accuracy", "pair_accuracy");
        columns.put("agreement", "pair_agreement_rate");
        columns.put("failures", "failure_rate");
        StringBuilder table = new StringBuilder(String.format(Locale.ROOT, "%-8s", "percent"));
        columns.keySet().forEach(title -> table.append(String.format(Locale.ROOT, "%15s", title)));
        stages.forEach((stage, values) -> {
            table.append(String.format(Locale.ROOT, "%n%-8s", stage));
            columns.values().forEach(name -> table.append(String.format(Locale.ROOT, "%15.2f", values.get(name))));
        });
        return table.append(String.format(Locale.ROOT, "%n")).toString();
    }
}
