package thinkj.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import thinkj.io.Json;

/** What came out of a benchmark of generation, as JSON or as a table. */
public final class GenerateFigures {
    private final ObjectNode json = Json.MAPPER.createObjectNode();

    GenerateFigures(GenerateBenchmark run, Figures.Circumstances around, GenerateBenchmark.Measured measured) {
        json.put("task", "generate").put("shape", run.shape()).put("requests", run.requests()).put("samples", run.samples());
        json.put("prompt_tokens", run.promptTokens()).put("new_tokens", run.newTokens()).put("concurrency", run.concurrency());
        json.put("precision", run.precision().name().toLowerCase(Locale.ROOT));
        json.put("kernels", around.kernels()).put("threads", around.threads()).put("parameters", Work.parameters(run.config()));
        json.put("load_seconds", measured.loadSeconds());
        double first = median(measured.alone(), GenerationClock.Alone::firstSeconds);
        double perToken = median(measured.alone(), GenerationClock.Alone::decodeSeconds);
        prefill(run, measured, first);
        decode(run, measured, perToken);
        together(run, measured);
        cache(measured);
        json.put("peak_rss_bytes", around.peakResident().isPresent() ? around.peakResident().getAsLong() : null);
        json.put("load_average", around.load().isPresent() ? around.load().getAsDouble() : null);
        json.put("steal", around.steal().isPresent() ? around.steal().getAsDouble() : null);
    }

    private static double median(List<GenerationClock.Alone> alone, ToDoubleFunction<GenerationClock.Alone> seconds) {
        return Timings.median(alone.stream().map(seconds::applyAsDouble).toList());
    }

    private void prefill(GenerateBenchmark run, GenerateBenchmark.Measured measured, double seconds) {
        double gflops = Work.flops(Task.PREFILL, run.config(), run.promptTokens(), 1) / seconds / 1e9;
        double ceiling = measured.prefillCeiling().median();
        json.put("time_to_first_token_seconds", seconds).put("prefill_tokens_per_second", run.promptTokens() / seconds);
        json.put("prefill_gflops", gflops).put("ceiling_gflops", ceiling).put("share_of_ceiling", gflops / ceiling);
    }

    private void decode(GenerateBenchmark run, GenerateBenchmark.Measured measured, double perToken) {
        GenerationClock.Load load = measured.load();
        long rows = Math.min(run.concurrency(), (long) run.requests() * run.samples());
        double all = load.decodeTokens() / load.decodeSeconds();
        long weights = Work.weightBytes(run.config(), run.precision());
        double bandwidth = measured.bandwidth().median();
        double leastPerToken = measured.alone().stream().mapToDouble(GenerationClock.Alone::decodeSeconds).min().orElseThrow();
        json.put("one_row_tokens_per_second", 1 / perToken).put("weight_bytes", weights).put("read_bandwidth_bytes_per_second", bandwidth);
        json.put("share_of_bandwidth", weights / median(measured.alone(), GenerationClock.Alone::readable));
        json.put("read_bandwidth_bytes_per_second_best", measured.bandwidth().best());
        json.put("share_of_bandwidth_best", weights / leastPerToken / measured.bandwidth().best());
        json.put("decode_tokens_per_second", all).put("decode_tokens_per_second_per_row", all / rows);
        double gflops = 2.0 * Work.parameters(run.config()) * all / 1e9;
        json.put("decode_gflops", gflops).put("decode_ceiling_gflops", measured.decodeCeiling().median());
        json.put("decode_share_of_ceiling", gflops / measured.decodeCeiling().median());
        json.put("tokens", load.tokens()).put("seconds", load.seconds()).put("tokens_per_second", load.tokens() / load.seconds());
        json.put("times_one_row", load.tokens() / load.seconds() * perToken);
    }

    private void together(GenerateBenchmark run, GenerateBenchmark.Measured measured) {
        ArrayNode rows = json.putArray("rows");
        for (int count : run.rows()) {
            List<GenerateBenchmark.Together> all = measured.together().stream().filter(together -> together.rows() == count).toList();
            double seconds = Timings.median(all.stream().map(GenerateBenchmark.Together::seconds).toList());
            double times = Timings.median(all.stream().map(GenerateBenchmark.Together::times).toList());
            rows.addObject().put("rows", count).put("tokens_per_second", 1 / seconds).put("times_one_row", times);
        }
    }

    private void cache(GenerateBenchmark.Measured measured) {
        json.put("prefilled_tokens", measured.stats().prefilled()).put("shared_prefix_tokens", measured.stats().shared());
        json.put("recomputed_tokens", measured.stats().recomputed()).put("preemptions", measured.stats().preemptions());
        json.put("cache_bytes", measured.blockBytes() * measured.stats().blocks());
        json.put("cache_bytes_used", measured.blockBytes() * measured.load().mostBlocks());
    }

    public ObjectNode json() {
        return json;
    }

    /** Lines for people. */
    public String table() {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("loading", line("%.2f s until the first token", "load_seconds"));
        lines.put("reading", line("%.0f tokens a second, %.3f s until the first new one", "prefill_tokens_per_second", "time_to_first_token_seconds"));
        lines.put("", line("%.0f GFLOP/s, %.1f %% of the %.0f of bare products", "prefill_gflops", "share_of_ceiling", "ceiling_gflops"));
        lines.put("one row", line("%.1f tokens a second, %.1f %% of what memory allows", "one_row_tokens_per_second", "share_of_bandwidth"));
        lines.put("memory reads", String.format(Locale.ROOT, "%.1f GB/s; a token reads %.2f GB of weights",
                number("read_bandwidth_bytes_per_second") / 1e9, number("weight_bytes") / 1e9));
        json.get("rows").forEach(some -> lines.put(some.get("rows") + " rows", String.format(Locale.ROOT, "%.1f tokens a second, %.1f times one row",
                some.get("tokens_per_second").doubleValue(), some.get("times_one_row").doubleValue())));
        lines.put("all rows", line("%.1f tokens a second, %.1f each", "decode_tokens_per_second", "decode_tokens_per_second_per_row"));
        lines.put(" ", line("%.0f GFLOP/s, %.1f %% of the %.0f of bare products", "decode_gflops", "decode_share_of_ceiling", "decode_ceiling_gflops"));
        lines.put("the whole load", line("%.0f tokens in %.1f s, %.1f a second, %.1f times one row alone", "tokens", "seconds", "tokens_per_second",
                "times_one_row"));
        lines.put("prompts", line("%.0f tokens read, %.0f shared, %.0f read again", "prefilled_tokens", "shared_prefix_tokens", "recomputed_tokens"));
        lines.put("cache", String.format(Locale.ROOT, "%.2f of %.2f GB used", number("cache_bytes_used") / 1e9, number("cache_bytes") / 1e9));
        lines.put("memory", json.get("peak_rss_bytes").isNull() ? "unknown" : String.format(Locale.ROOT, "%.2f GB resident at most",
                number("peak_rss_bytes") / 1e9));
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "generate %s %s requests × %s samples, %s + %s tokens, %s rows, %s, %s%n",
                json.get("shape").asText(), json.get("requests"), json.get("samples"), json.get("prompt_tokens"), json.get("new_tokens"),
                json.get("concurrency"), json.get("precision").asText(), json.get("kernels").asText()));
        lines.forEach((name, value) -> text.append(String.format("%-16s %s%n", name, value)));
        return text.toString();
    }

    /** Shares become percent. */
    private String line(String format, String... keys) {
        Object[] values = new Object[keys.length];
        for (int i = 0; i < keys.length; i++) {
            values[i] = number(keys[i]) * (keys[i].contains("share") && !keys[i].startsWith("shared") ? 100 : 1);
        }
        return String.format(Locale.ROOT, format, values);
    }

    private double number(String key) {
        return json.get(key).doubleValue();
    }
}
