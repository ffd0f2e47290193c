package thinkj.report;

import java.util.Arrays;
import java.util.SortedMap;

/**
 * A metric over the steps that have it.
 *
 * @param steps rising
 * @param values finite, one for each step
 */
record Series(String name, double[] steps, double[] values) {
    /** Below so many points a mean over neighbours hides more than it shows. */
    private static final int FEWEST_TO_SMOOTH = 40;

    /** The share of points at which noise turns back: two thirds where nothing else is in it. */
    private static final double MANY_TURNS = 0.15;

    /** A mean reaches over about this share of a curve. */
    private static final double SMOOTHED_SHARE = 1 / 20.0;

    static Series of(String name, SortedMap<Integer, Double> points) {
        return new Series(
                name,
                points.keySet().stream().mapToDouble(Integer::doubleValue).toArray(),
                points.values().stream().mapToDouble(Double::doubleValue).toArray());
    }

    int size() {
        return steps.length;
    }

    double last() {
        return values[values.length - 1];
    }

    double min() {
        return Arrays.stream(values).min().orElseThrow();
    }

    double max() {
        return Arrays.stream(values).max().orElseThrow();
    }

    /** Mean of the last values. */
    double recent(int count) {
        return Arrays.stream(values, Math.max(0, values.length - count), values.length).average().orElseThrow();
    }

    Series named(String other) {
        return new Series(other, steps, values);
    }

    /** Whether it is long and goes up and down: schedules and counts are smooth as they are. */
    boolean isWorthSmoothing() {
        int turns = 0;
        for (int i = 2; i < size(); i++) {
            turns += (values[i] - values[i - 1]) * (values[i - 1] - values[i - 2]) < 0 ? 1 : 0;
        }
        return size() >= FEWEST_TO_SMOOTH && turns > size() * MANY_TURNS;
    }

    /** Exponential mean of the values so far, as if there had been none before the first (Adam's correction). */
    Series smoothed() {
        double keep = 1 - 1 / Math.max(1, size() * SMOOTHED_SHARE);
        double[] means = new double[size()];
        double sum = 0;
        double weight = 0;
        for (int i = 0; i < means.length; i++) {
            sum = keep * sum + (1 - keep) * values[i];
            weight = keep * weight + (1 - keep);
            means[i] = sum / weight;
        }
        return new Series(name, steps, means);
    }

    /** At most so many points: of each run of neighbours the lowest and the highest, so that no spike is lost. */
    Series thinned(int most) {
        if (size() <= most) {
            return this;
        }
        int buckets = most / 2;
        double[] keptSteps = new double[2 * buckets];
        double[] kept = new double[2 * buckets];
        for (int b = 0; b < buckets; b++) {
            int from = (int) ((long) b * size() / buckets);
            int to = (int) ((long) (b + 1) * size() / buckets);
            int low = from;
            int high = from;
            for (int i = from; i < to; i++) {
                low = values[i] < values[low] ? i : low;
                high = values[i] > values[high] ? i : high;
            }
            int first = Math.min(low, high);
            int second = low == high ? to - 1 : Math.max(low, high);
            keptSteps[2 * b] = steps[first];
            kept[2 * b] = values[first];
            keptSteps[2 * b + 1] = steps[second];
            kept[2 * b + 1] = values[second];
        }
        return new Series(name, keptSteps, kept);
    }
}
