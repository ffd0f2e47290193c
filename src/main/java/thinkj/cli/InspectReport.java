package thinkj.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import thinkj.io.Sizes;

/** The report of {@code thinkj inspect} in words. */
final class InspectReport {
    private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\.(.*)");

    private InspectReport() {}

    static void print(JsonNode report, long tokens, int group, PrintWriter out) {
        out.println(report.get("folder").asText());
        out.println();
        if (report.has("adapter")) {
            report.get("adapter").properties().forEach(field -> line(out, field.getKey(), field.getValue()));
            out.println();
        }
        report.get("architecture").properties().forEach(field -> line(out, field.getKey(), field.getValue()));
        JsonNode parameters = report.get("parameters");
        line(out, "parameters", String.format(Locale.ROOT, "%,d (%,d without embeddings)", parameters.get("all").asLong(),
                parameters.get("without_embeddings").asLong()));
        out.println();
        tensors(report.get("tensors"), out);
        out.println();
        report.get("generation").properties().forEach(field -> line(out, field.getKey(), field.getValue()));
        out.println();
        tokenizer(report.get("tokenizer"), out);
        out.println();
        memory(report.get("memory_bytes"), tokens, group, out);
    }

    /** The layers are all alike and shown as one. */
    private static void tensors(JsonNode tensors, PrintWriter out) {
        Map<String, Integer> rows = new LinkedHashMap<>();
        for (JsonNode tensor : tensors) {
            Matcher layer = LAYER.matcher(tensor.get("name").asText());
            String name = layer.matches() ? "model.layers.*." + layer.group(2) : tensor.get("name").asText();
            rows.merge(String.format("  %-48s %-5s %s", name, tensor.get("dtype").asText(), tensor.get("shape")), 1, Integer::sum);
        }
        out.println(tensors.size() + " tensors");
        rows.forEach((row, count) -> out.println(count > 1 ? row + " × " + count : row));
    }

    private static void tokenizer(JsonNode tokenizer, PrintWriter out) {
        if (!tokenizer.get("present").asBoolean()) {
            out.println("no tokenizer: prompts must be given as ids");
            return;
        }
        line(out, "tokenizer ids", tokenizer.get("ids"));
        tokenizer.get("special_tokens").properties().forEach(token -> line(out, "  " + token.getKey(), token.getValue()));
        line(out, "chat template", tokenizer.get("chat_template").asBoolean() ? "yes" : "none");
        if (!tokenizer.get("default_system").isNull()) {
            line(out, "default system", tokenizer.get("default_system"));
        }
    }

    private static void memory(JsonNode memory, long tokens, int group, PrintWriter out) {
        out.println("memory outside the Java heap, fp32, sequences of " + tokens + " tokens");
        line(out, "weights", bytes(memory.get("weights")));
        line(out, "cache per token", memory.get("cache_per_token").asLong() + " bytes");
        line(out, "generation", bytes(memory.get("generation")) + ": weights and the cache of one sequence");
        training(out, "sft", memory.get("sft"), "one sequence at a time");
        training(out, "dpo", memory.get("dpo"), "one pair at a time");
        training(out, "grpo", memory.get("grpo"), "one sequence at a time, " + group + " decoded together");
    }

    private static void training(PrintWriter out, String kind, JsonNode parts, String batch) {
        line(out, kind, bytes(parts.get("all")) + ", " + batch);
        parts.properties().stream()
                .filter(part -> !"all".equals(part.getKey()))
                .forEach(part -> line(out, "  " + part.getKey().replace('_', ' '), bytes(part.getValue())));
    }

    private static String bytes(JsonNode number) {
        return Sizes.shown(number.asLong());
    }

    private static void line(PrintWriter out, String name, JsonNode value) {
        line(out, name, value.isTextual() ? value.asText() : value.toString());
    }

    private static void line(PrintWriter out, String name, String value) {
        out.println(String.format("%-26s %s", name, value));
    }
}
