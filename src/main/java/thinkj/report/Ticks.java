package thinkj.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Round numbers along an axis, and numbers as people read them. */
final class Ticks {
    private static final int SIGNIFICANT = 4;
    private static final double LARGEST_PLAIN = 1e6;
    private static final double SMALLEST_PLAIN = 1e-3;

    private Ticks() {}

    /** Multiples of 1, 2 or 5 times a power of ten within an interval, about as many as asked for. */
    static List<BigDecimal> between(double low, double high, int about) {
        BigDecimal unit = unit((high - low) / about);
        BigDecimal tick = new BigDecimal(low).divide(unit, 0, RoundingMode.CEILING).multiply(unit);
        List<BigDecimal> ticks = new ArrayList<>();
        for (; tick.doubleValue() <= high; tick = tick.add(unit)) {
            ticks.add(tick);
        }
        return ticks;
    }

    /** The least of 1, 2, 5, 10, ... that is no smaller. */
    private static BigDecimal unit(double least) {
        BigDecimal power = BigDecimal.ONE.scaleByPowerOfTen((int) Math.floor(Math.log10(least)));
        for (int factor : new int[] {1, 2, 5}) {
            BigDecimal unit = power.multiply(BigDecimal.valueOf(factor));
            if (unit.doubleValue() >= least * (1 - 1e-9)) {
                return unit;
            }
        }
        return power.scaleByPowerOfTen(1);
    }

    /** A number of steps or of anything that is counted: all of its digits, such as {@code 12,345}. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Four significant digits, such as {@code 0.7734}, {@code 12,759} and {@code 1.2e-5}. */
    static String shown(double value) {
        return shown(new BigDecimal(value).round(new MathContext(SIGNIFICANT, RoundingMode.HALF_EVEN)));
    }

    static String shown(BigDecimal value) {
        return shown(value, value.doubleValue());
    }

    /** A number of an axis, whose largest one decides how all of them are written. */
    static String shown(BigDecimal value, double largest) {
        double size = Math.abs(largest);
        if (value.signum() == 0) {
            return "0";
        }
        if (size >= LARGEST_PLAIN || size < SMALLEST_PLAIN) {
            int exponent = value.precision() - value.scale() - 1;
            return value.scaleByPowerOfTen(-exponent).stripTrailingZeros().toPlainString() + "e" + exponent;
        }
        String plain = value.stripTrailingZeros().toPlainString();
        return Math.abs(value.doubleValue()) < 1000 ? plain : String.format(Locale.ROOT, "%,d", Math.round(value.doubleValue()));
    }

    /** The largest of an axis, its sign aside. */
    static double largest(List<BigDecimal> ticks) {
        return ticks.stream().mapToDouble(tick -> Math.abs(tick.doubleValue())).max().orElse(0);
    }
}
