package thinkj.train;

import java.util.Arrays;
import java.util.List;

/**
 * When a value of a step stands out from those before it: one rule for what is said while a run goes on and for its report.
 *
 * @param metric name in {@code metrics.jsonl}
 * @param name for people, in the middle of a sentence
 * @param factor a spike is more than so many times as high as the median of the {@link #NEIGHBOURS} values before
 */
public record Spike(String metric, String name, double factor) {
    /** Values that a value is compared with. */
    public static final int NEIGHBOURS = 20;

    private static final double OF_LOSS = 3;
    private static final double OF_GRADIENT = 10;

    /** The metrics that are watched, of all recipes. */
    public static final List<Spike> RULES = List.of(
            new Spike("loss", "the loss", OF_LOSS),
            new Spike("grad_norm", "the gradient's norm", OF_GRADIENT),
            new Spike("actor/grad_norm", "the gradient's norm", OF_GRADIENT));

    /** Of the {@link #NEIGHBOURS} values before one, in any order. */
    public static double median(double[] before) {
        double[] sorted = before.clone();
        Arrays.sort(sorted);
        return sorted[NEIGHBOURS / 2];
    }

    /**
     * Whether a value is a spike; none is where the values before are not positive.
     *
     * @param median of the values before
     */
    public boolean is(double value, double median) {
        return median > 0 && value > factor * median;
    }
}
