package thinkj.train;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.io.JsonLines;

/** Says on the console when a metric of a step is a {@link Spike}: once for each, however many steps it lasts. */
final class SpikeWatch {
    private static final Logger LOG = LoggerFactory.getLogger(SpikeWatch.class);

    private final Map<Spike, Deque<Double>> before = new HashMap<>();
    private final Set<Spike> lasting = new HashSet<>();

    /** @param metrics of the run so far, with which a run that goes on compares; need not be there */
    SpikeWatch(Path metrics) {
        Spike.RULES.forEach(rule -> before.put(rule, new ArrayDeque<>()));
        if (Files.exists(metrics)) {
            JsonLines.readAll(metrics.toString()).forEach(row -> take(numbers(row.json())));
        }
    }

    private static Map<String, Double> numbers(JsonNode line) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        line.properties().stream().filter(field -> field.getValue().isNumber()).forEach(field ->
                numbers.put(field.getKey(), field.getValue().doubleValue()));
        return numbers;
    }

    /** A line of metrics is written. */
    void wrote(Map<String, ? extends Number> line, int step) {
        take(line).forEach((rule, median) -> LOG.warn(
                "step {}: {} is {}, more than {} times the median of the {} values before, which is {}", step, rule.name(),
                shown(line.get(rule.metric()).doubleValue()), (int) rule.factor(), Spike.NEIGHBOURS, shown(median)));
    }

    private static String shown(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }

    /** @return medians of the rules that a spike begins by */
    private Map<Spike, Double> take(Map<String, ? extends Number> line) {
        Map<Spike, Double> begun = new LinkedHashMap<>();
        for (Spike rule : Spike.RULES) {
            Number number = line.get(rule.metric());
            if (number != null && Double.isFinite(number.doubleValue())) {
                take(rule, number.doubleValue(), begun);
            }
        }
        return begun;
    }

    private void take(Spike rule, double value, Map<Spike, Double> begun) {
        Deque<Double> values = before.get(rule);
        if (values.size() == Spike.NEIGHBOURS) {
            double median = Spike.median(values.stream().mapToDouble(Double::doubleValue).toArray());
            boolean spike = rule.is(value, median);
            if (spike && lasting.add(rule)) {
                begun.put(rule, median);
            } else if (!spike) {
                lasting.remove(rule);
            }
            values.remove();
        }
        values.add(value);
    }
}
