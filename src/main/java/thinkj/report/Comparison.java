package thinkj.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import thinkj.config.Settings;
import thinkj.io.AtomicFile;
import thinkj.io.UserError;

/** Runs side by side: the settings that tell them apart, their last and best values, their curves on top of each other. */
public final class Comparison {
    private static final String NONE = "–";

    /** Metrics the lower of which is the better; of the others that have a better side it is the higher. */
    private static final Set<String> LOWER_IS_BETTER = Set.of("loss", "eval_loss", "loss/dpo", "loss/sft", "reward/failed",
            "response_length/clip_ratio", "group/zero_variance_fraction", "timing_s/step");

    private static final List<String> HIGHER_IS_BETTER = List.of("critic/score/mean", "val/test_score/", "rewards/accuracies", "rewards/margins",
            "tokens_per_second", "perf/throughput");

    private final Map<String, RunFolder> runs;

    /**
     * A line of a table.
     *
     * @param values one for each run
     * @param best the run whose value is best; −1 where none is
     */
    public record Row(String name, List<String> values, int best) {}

    private Comparison(Map<String, RunFolder> runs) {
        this.runs = runs;
    }

    /**
     * Reads the runs.
     *
     * @throws UserError if there are fewer than two, or a folder holds none
     */
    public static Comparison of(List<Path> folders) {
        if (folders.size() < 2) {
            throw new UserError("compare: " + folders.size() + " run, must be at least 2");
        }
        Map<String, RunFolder> runs = new LinkedHashMap<>();
        for (Path folder : folders) {
            RunFolder run = RunFolder.read(folder, false);
            boolean twice = folders.stream().filter(other -> name(other).equals(name(folder))).count() > 1;
            String name = twice ? folder.toString() : name(folder);
            if (runs.put(name, run) != null) {
                throw new UserError(folder + ": is named twice; give each run once");
            }
        }
        return new Comparison(runs);
    }

    private static String name(Path folder) {
        return folder.toAbsolutePath().normalize().getFileName().toString();
    }

    public List<String> names() {
        return List.copyOf(runs.keySet());
    }

    /** Settings that are not the same in all runs. */
    public List<Row> settings() {
        List<Map<String, String>> settings = runs.values().stream().map(run -> Settings.read(run.folder().resolve("config.yaml"))).toList();
        Set<String> keys = new LinkedHashSet<>();
        settings.forEach(one -> keys.addAll(one.keySet()));
        List<Row> rows = new ArrayList<>();
        for (String key : keys) {
            List<String> values = settings.stream().map(one -> one.getOrDefault(key, NONE)).toList();
            if (values.stream().distinct().count() > 1) {
                rows.add(new Row(key, values, -1));
            }
        }
        return rows;
    }

    /** How far each run is. */
    public List<Row> progress() {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row("state", runs.values().stream().map(run -> run.state().name().toLowerCase(Locale.ROOT)).toList(), -1));
        rows.add(new Row("step", runs.values().stream().map(run -> Ticks.count(run.lastStep())).toList(), -1));
        return rows;
    }

    /** The last value of each metric, and the best one of those that have a better side. */
    public List<Row> metrics() {
        List<Row> rows = new ArrayList<>();
        for (String metric : metricNames()) {
            List<Optional<Series>> series = runs.values().stream().map(run -> Optional.ofNullable(run.series().get(metric))).toList();
            int direction = direction(metric);
            rows.add(row(metric, series.stream().map(one -> one.map(Series::last)).toList(), direction));
            if (direction > 0) {
                rows.add(row(metric + ", highest", series.stream().map(one -> one.map(Series::max)).toList(), direction));
            } else if (direction < 0) {
                rows.add(row(metric + ", lowest", series.stream().map(one -> one.map(Series::min)).toList(), direction));
            }
        }
        return rows;
    }

    /** 1 where higher is better, −1 where lower is, 0 where neither. */
    private static int direction(String metric) {
        if (LOWER_IS_BETTER.contains(metric)) {
            return -1;
        }
        return HIGHER_IS_BETTER.stream().anyMatch(name -> name.endsWith("/") ? metric.startsWith(name) : metric.equals(name)) ? 1 : 0;
    }

    private static Row row(String name, List<Optional<Double>> values, int direction) {
        int best = -1;
        boolean tie = false;
        for (int i = 0; i < values.size(); i++) {
            if (direction != 0 && values.get(i).isPresent()) {
                int order = best < 0 ? 1 : direction * Double.compare(values.get(i).get(), values.get(best).get());
                tie = order == 0 || order < 0 && tie;
                best = order > 0 ? i : best;
            }
        }
        return new Row(name, values.stream().map(value -> value.map(Ticks::shown).orElse(NONE)).toList(), tie ? -1 : best);
    }

    private Set<String> metricNames() {
        Set<String> names = new LinkedHashSet<>();
        Map<String, Series> all = new LinkedHashMap<>();
        runs.values().forEach(run -> run.series().forEach(all::putIfAbsent));
        Chart.of(all).forEach(chart -> chart.curves().forEach(curve -> names.add(curve.name())));
        names.addAll(all.keySet());
        return names;
    }

    /** A chart for every metric, with a curve for every run that has it. */
    private List<Chart> charts() {
        List<Chart> charts = new ArrayList<>();
        for (String metric : metricNames()) {
            List<Series> curves = new ArrayList<>();
            runs.forEach((name, run) -> {
                if (run.series().containsKey(metric)) {
                    curves.add(run.series().get(metric).named(name));
                }
            });
            charts.add(new Chart(metric, metric, curves));
        }
        return charts;
    }

    /** Writes the page, which needs nothing else. */
    public void write(Path file) {
        Map<String, Object> values = Page.frame();
        values.put("names", names());
        values.put("progress", progress().stream().map(Comparison::model).toList());
        values.put("settings", settings().stream().map(Comparison::model).toList());
        values.put("metrics", metrics().stream().map(Comparison::model).toList());
        values.put("charts", Page.charts(charts()));
        AtomicFile.writeText(file, Templates.render("compare.html", values));
    }

    private static Map<String, Object> model(Row row) {
        List<Map<String, Object>> cells = new ArrayList<>();
        for (int i = 0; i < row.values().size(); i++) {
            cells.add(Map.of("text", row.values().get(i), "best", i == row.best()));
        }
        return Map.of("name", row.name(), "cells", cells);
    }
}
