package thinkj.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import thinkj.io.Sizes;

/** {@code report.html}: a run on one page that needs nothing else, neither files nor the network. */
final class Page {
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss z", Locale.ROOT);
    private static final int MOST_TILES = 6;
    private static final int RECENT = 10;

    /** What stands in large figures at the top, as far as there is room. */
    private static final List<String> HEADLINES = List.of(
            "critic/score/mean", "loss", "eval_loss", "rewards/accuracies", "rewards/margins", "group/zero_variance_fraction",
            "actor/kl_loss", "response_length/mean", "perf/throughput", "tokens_per_second", "learning_rate");

    private static final Map<String, String> RECIPES = Map.of(
            "sft", "supervised fine-tuning", "dpo", "direct preference optimisation", "grpo", "group relative policy optimisation");

    private Page() {}

    /** @param refreshSeconds how often the browser is to look again while the run goes on */
    static String of(RunFolder run, long refreshSeconds) {
        Map<String, Series> series = run.series();
        Map<String, Object> values = frame();
        values.put("name", run.name());
        values.put("recipe", run.starts().isEmpty() ? "" : RECIPES.getOrDefault(run.start().path("recipe").asText(), ""));
        values.put("state", run.state().name().toLowerCase(Locale.ROOT));
        values.put("refresh", run.state() == RunFolder.State.RUNNING ? refreshSeconds : 0);
        values.put("progress", progress(run));
        values.put("percent", run.totalSteps().isPresent() ? 100L * run.lastStep() / Math.max(1, run.totalSteps().getAsInt()) : -1);
        values.put("tiles", tiles(series));
        values.put("warnings", Warnings.of(run));
        values.put("charts", charts(Chart.of(series)));
        values.put("more_charts", charts(Chart.rest(series)));
        values.put("metrics", series.values().stream().map(Page::row).toList());
        values.put("followed", run.samples().followed().stream().map(FollowedPrompt::model).toList());
        values.put("sampled", run.samples().sampled().stream().map(FollowedPrompt::answer).toList());
        values.put("trained_on", trainedOn(run.samples()));
        values.put("config", run.config());
        values.put("environment", run.starts().isEmpty() ? List.of() : environment(run.start()));
        values.put("starts", run.starts().size());
        return Templates.render("report.html", values);
    }

    /** What every page has. */
    static Map<String, Object> frame() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("style", Templates.render("style.css", Map.of("light", Palette.css(false), "dark", Palette.css(true))));
        values.put("script", Templates.text("charts.js"));
        values.put("written", CLOCK.format(Instant.now().atZone(ZoneId.systemDefault())));
        return values;
    }

    static String charts(List<Chart> charts) {
        return charts.isEmpty() ? "" : Templates.render("charts.html", Map.of("panels", charts.stream().map(Panel::of).toList()));
    }

    /** Such as {@code step 120 of 400, 2 min 5 s left}. */
    private static String progress(RunFolder run) {
        String text = "step " + Ticks.count(run.lastStep());
        if (run.totalSteps().isPresent()) {
            text += " of " + Ticks.count(run.totalSteps().getAsInt());
        }
        Series times = run.timings().series().get(RunFolder.TIME);
        if (run.state() == RunFolder.State.RUNNING && times != null && times.size() > 1 && run.totalSteps().isPresent()) {
            int from = Math.max(0, times.size() - 1 - RECENT);
            double perStep = (times.last() - times.values()[from]) / (times.steps()[times.size() - 1] - times.steps()[from]);
            text += ", about " + shown(Duration.ofSeconds(Math.round(perStep * (run.totalSteps().getAsInt() - run.lastStep())))) + " left";
        }
        return text;
    }

    /** Such as {@code 2 h 5 min}. */
    static String shown(Duration time) {
        if (time.toHours() > 0) {
            return time.toHours() + " h " + time.toMinutesPart() + " min";
        }
        return time.toMinutes() > 0 ? time.toMinutes() + " min " + time.toSecondsPart() + " s" : time.toSeconds() + " s";
    }

    private static List<Map<String, Object>> tiles(Map<String, Series> series) {
        List<Map<String, Object>> tiles = new ArrayList<>();
        for (String name : HEADLINES) {
            if (series.containsKey(name) && tiles.size() < MOST_TILES) {
                tiles.add(Map.of("name", name, "value", Ticks.shown(series.get(name).last())));
            }
        }
        return tiles;
    }

    private static Map<String, Object> row(Series series) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", series.name());
        row.put("first", Ticks.shown(series.values()[0]));
        row.put("last", Ticks.shown(series.last()));
        row.put("recent", Ticks.shown(series.recent(RECENT)));
        row.put("low", Ticks.shown(series.min()));
        row.put("high", Ticks.shown(series.max()));
        return row;
    }

    private static List<Map<String, Object>> trainedOn(Samples samples) {
        List<Map<String, Object>> blocks = new ArrayList<>();
        for (Samples.Taught taught : samples.trainedOn()) {
            List<Map<String, Object>> segments = new ArrayList<>();
            taught.segments().forEach(segment -> segments.add(Map.of("text", segment.text(), "learnt", segment.learnt())));
            // The page marks what the file has between brackets.
            blocks.add(Map.of("title", taught.title().replace(", between ⟦ and ⟧", ""), "segments", segments));
        }
        return blocks;
    }

    private static List<Map<String, Object>> environment(ObjectNode start) {
        List<Map<String, Object>> rows = new ArrayList<>();
        start.properties().forEach(field -> {
            JsonNode value = field.getValue();
            boolean bytes = field.getKey().endsWith("memory") || field.getKey().endsWith("limit");
            rows.add(Map.of("name", field.getKey().replace('_', ' '), "value", bytes ? Sizes.shown(value.longValue()) : value.asText()));
        });
        return rows;
    }
}
