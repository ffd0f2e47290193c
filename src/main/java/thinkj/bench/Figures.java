package thinkj.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.io.Json;
import thinkj.kernels.Precision;

/** What came out of a benchmark, as JSON or as a table. */
public final class Figures {
    /** AdamW reads a weight, its gradient and two moments and writes all but the gradient back, in fp32; the norm reads gradients. */
    private static final Map<String, Integer> BYTES_PER_PARAMETER = Map.of(TrainSteps.ADAMW, 28, TrainSteps.NORM, 4);

    /** In bf16 AdamW writes the copy for products too. */
    private static final int BYTES_OF_COPY = 2;

    private final ObjectNode json = Json.MAPPER.createObjectNode();

    /**
     * What a run had to do with.
     *
     * @param kernels the kernels' name
     * @param threads native threads of each operation
     * @param load load average of the last minute when the run ended
     * @param steal share of all cores' time that the host gave to others meanwhile
     * @param peakResident most bytes of physical memory that the process ever had
     */
    record Circumstances(String kernels, int threads, OptionalDouble load, OptionalDouble steal, OptionalLong peakResident) {}

    /** @param bandwidth bytes that a copy reads and writes in a second */
    Figures(Benchmark run, Circumstances around, Timings timings, Ceiling ceiling, double bandwidth) {
        long tokens = (long) run.tokens() * run.batch();
        double work = Work.flops(run.task(), run.config(), run.tokens(), run.batch());
        double gflops = work / timings.median() / 1e9;
        json.put("task", run.task().toString()).put("shape", run.shape()).put("tokens", run.tokens()).put("batch", run.batch());
        json.put("precision", run.precision().name().toLowerCase(Locale.ROOT));
        json.put("kernels", around.kernels).put("threads", around.threads).put("steps", run.steps());
        json.put("parameters", Work.parameters(run.config())).put("flops", work);
        json.put("seconds_median", timings.median()).put("seconds_best", timings.best());
        json.put("tokens_per_second", tokens / timings.median());
        json.put("gflops", gflops).put("ceiling_gflops", ceiling.median()).put("share_of_ceiling", gflops / ceiling.median());
        json.put("ceiling_gflops_best", ceiling.best()).put("share_of_ceiling_best", work / timings.best() / 1e9 / ceiling.best());
        json.put("overhead_share", timings.overhead()).put("nodes_run", timings.nodesOfStep());
        between(run, timings, bandwidth);
        json.put("peak_rss_bytes", around.peakResident.isPresent() ? around.peakResident.getAsLong() : null);
        json.put("offheap_bytes", timings.offHeap());
        json.put("load_average", boxed(around.load)).put("steal", boxed(around.steal));
        ObjectNode nodes = json.putObject("nodes");
        timings.nodes().forEach(nodes::put);
        ArrayNode products = json.putArray("products");
        ceiling.shapes().forEach(shape -> products.addObject()
                .put("projection", shape.projection().name()).put("rows", shape.projection().rows()).put("out", shape.projection().out())
                .put("in", shape.projection().in()).put("library", shape.library()).put("gflops", shape.median()));
    }

    private static Double boxed(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    private void between(Benchmark run, Timings timings, double bandwidth) {
        long parameters = Qwen2Tensors.parameters(run.config());
        json.put("copy_bytes_per_second", bandwidth);
        timings.between().forEach((part, seconds) -> {
            json.put(part, seconds);
            int copy = part.equals(TrainSteps.ADAMW) && run.precision() == Precision.BF16 ? BYTES_OF_COPY : 0;
            json.put(part.replace("seconds", "share_of_copy"), parameters * (BYTES_PER_PARAMETER.get(part) + copy) / seconds / bandwidth);
        });
    }

    public ObjectNode json() {
        return json;
    }

    /** Lines for people. */
    public String table() {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("step", String.format(Locale.ROOT, "%.3f s (median of %d), %.3f s (best)", number("seconds_median"), json.get("steps").intValue(),
                number("seconds_best")));
        lines.put("tokens", String.format(Locale.ROOT, "%.0f a second", number("tokens_per_second")));
        lines.put("products", String.format(Locale.ROOT, "%.0f GFLOP/s, %.1f %% of the %.0f of bare products; the best step %.1f %% of their best",
                number("gflops"), 100 * number("share_of_ceiling"), number("ceiling_gflops"), 100 * number("share_of_ceiling_best")));
        lines.put("outside nodes", String.format(Locale.ROOT, "%.2f %% of the step, %d nodes", 100 * number("overhead_share"),
                json.get("nodes_run").longValue()));
        optimizer(lines);
        lines.put("memory", String.format(Locale.ROOT, "%s resident at most, %s outside the Java heap", gigabytes("peak_rss_bytes"),
                gigabytes("offheap_bytes")));
        lines.put("machine", String.format(Locale.ROOT, "%s threads, load %s, stolen %s", json.get("threads"), shown("load_average", 1, ""),
                shown("steal", 100, " %")));
        StringBuilder text = new StringBuilder();
        text.append(String.join(" ", json.get("task").asText(), json.get("shape").asText(), json.get("tokens").asText() + " tokens ×",
                json.get("batch").asText() + ",", json.get("precision").asText() + ",", json.get("kernels").asText())).append('\n');
        lines.forEach((name, value) -> text.append(String.format("%-16s %s%n", name, value)));
        json.get("nodes").properties().forEach(node -> text.append(String.format(Locale.ROOT, "  %-24s %9.4f s %5.1f %%%n", node.getKey(),
                node.getValue().doubleValue(), 100 * node.getValue().doubleValue() / number("seconds_median"))));
        json.get("products").forEach(product -> text.append(String.format(Locale.ROOT, "  %-24s %5.0f GFLOP/s  %s × %s × %s, %s%n",
                product.get("projection").asText(), product.get("gflops").doubleValue(), product.get("rows"), product.get("out"),
                product.get("in"), product.get("library").asText())));
        return text.toString();
    }

    private void optimizer(Map<String, String> lines) {
        lines.put("copying", String.format(Locale.ROOT, "%.1f GB/s, read and written", number("copy_bytes_per_second") / 1e9));
        Map.of("gradient norm", "gradient_norm_", "AdamW", "adamw_").forEach((name, key) -> {
            if (json.has(key + "seconds")) {
                lines.put(name, String.format(Locale.ROOT, "%.3f s, %.0f %% of copying", number(key + "seconds"), 100 * number(key + "share_of_copy")));
            }
        });
    }

    private double number(String key) {
        return json.get(key).doubleValue();
    }

    private String gigabytes(String key) {
        return json.get(key).isNull() ? "unknown" : String.format(Locale.ROOT, "%.2f GB", number(key) / 1e9);
    }

    private String shown(String key, double factor, String unit) {
        return json.get(key).isNull() ? "unknown" : String.format(Locale.ROOT, "%.1f%s", factor * number(key), unit);
    }
}
