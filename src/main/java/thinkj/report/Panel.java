package thinkj.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import thinkj.io.Json;

/**
 * A chart as the page's template draws it: curves as SVG paths on a square of 1000 by 1000 that the page stretches, the axes' numbers as
 * ordinary text beside it, so that they stay readable on a narrow screen; places are percentages from the left and from the top.
 */
final class Panel {
    private static final double SIDE = 1000;
    private static final int MOST_DRAWN = 600;
    private static final int MOST_READ_OUT = 300;
    private static final int FEW_POINTS = 40;
    private static final int X_TICKS = 7;
    private static final int Y_TICKS = 6;

    /** Room above and below a curve, as a share of its height. */
    private static final double MARGIN = 0.06;

    private final Chart chart;
    private final double left;
    private final double right;
    private final double bottom;
    private final double top;

    private Panel(Chart chart) {
        this.chart = chart;
        double first = chart.curves().stream().mapToDouble(curve -> curve.steps()[0]).min().orElseThrow();
        double last = chart.curves().stream().mapToDouble(curve -> curve.steps()[curve.size() - 1]).max().orElseThrow();
        this.left = first == last ? first - 1 : first;
        this.right = first == last ? last + 1 : last;
        double low = chart.curves().stream().mapToDouble(Series::min).min().orElseThrow();
        double high = chart.curves().stream().mapToDouble(Series::max).max().orElseThrow();
        double room = low < high ? (high - low) * MARGIN : low == 0 ? 1 : Math.abs(low) / 2;
        // A curve that is nowhere negative gets no axis that is.
        this.bottom = low >= 0 ? Math.max(0, low - room) : low - room;
        this.top = high + room;
    }

    /** What the template needs. */
    static Map<String, Object> of(Chart chart) {
        return new Panel(chart).model();
    }

    private Map<String, Object> model() {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("id", chart.id());
        model.put("title", chart.title());
        model.put("x_ticks", ticks(steps(), true));
        model.put("y_ticks", ticks(Ticks.between(bottom, top, Y_TICKS), false));
        List<Map<String, Object>> curves = new ArrayList<>();
        List<Map<String, Object>> readOut = new ArrayList<>();
        for (int i = 0; i < chart.curves().size(); i++) {
            Series curve = chart.curves().get(i);
            curves.add(curve(curve, i));
            readOut.add(readOut(curve.thinned(MOST_READ_OUT), i));
        }
        model.put("curves", curves);
        model.put("read_out", Json.line(Map.of("from", left, "to", right, "curves", readOut)));
        return model;
    }

    private Map<String, Object> curve(Series curve, int i) {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("name", chart.shortName(curve.name()));
        model.put("colour", i % Palette.size());
        model.put("dashed", i >= Palette.size());
        model.put("last", Ticks.shown(curve.last()));
        model.put("line", path(curve.isWorthSmoothing() ? curve.smoothed() : curve));
        model.put("pale", curve.isWorthSmoothing() ? path(curve) : "");
        model.put("dots", curve.size() <= FEW_POINTS ? dots(curve) : "");
        return model;
    }

    private Map<String, Object> readOut(Series curve, int i) {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("name", chart.shortName(curve.name()));
        model.put("colour", i % Palette.size());
        model.put("steps", curve.steps());
        model.put("values", Arrays.stream(curve.values()).mapToObj(Ticks::shown).toList());
        return model;
    }

    private List<Map<String, Object>> ticks(List<BigDecimal> values, boolean alongSteps) {
        List<Map<String, Object>> ticks = new ArrayList<>();
        double largest = Ticks.largest(values);
        for (BigDecimal value : values) {
            double share = alongSteps ? x(value.doubleValue()) : y(value.doubleValue());
            ticks.add(Map.of("at", number(share * 100 / SIDE), "text", alongSteps ? Ticks.count(value.longValue()) : Ticks.shown(value, largest)));
        }
        return ticks;
    }

    /** Whole ones alone: there is nothing between two steps, nor beside the only one. */
    private List<BigDecimal> steps() {
        boolean only = chart.curves().stream().allMatch(curve -> curve.size() == 1 && curve.steps()[0] == chart.curves().get(0).steps()[0]);
        return only
                ? List.of(new BigDecimal(chart.curves().get(0).steps()[0]))
                : Ticks.between(left, right, X_TICKS).stream().filter(Panel::isWhole).toList();
    }

    private static boolean isWhole(BigDecimal value) {
        return value.stripTrailingZeros().scale() <= 0;
    }

    private String path(Series curve) {
        Series shown = curve.thinned(MOST_DRAWN);
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < shown.size(); i++) {
            path.append(i == 0 ? 'M' : 'L').append(number(x(shown.steps()[i]))).append(' ').append(number(y(shown.values()[i])));
        }
        return path.toString();
    }

    /** Lines without length, whose round ends are dots however the square is stretched. */
    private String dots(Series curve) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < curve.size(); i++) {
            path.append('M').append(number(x(curve.steps()[i]))).append(' ').append(number(y(curve.values()[i]))).append("h0");
        }
        return path.toString();
    }

    private double x(double step) {
        return (step - left) / (right - left) * SIDE;
    }

    private double y(double value) {
        return (top - value) / (top - bottom) * SIDE;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
