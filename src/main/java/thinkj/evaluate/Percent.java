package thinkj.evaluate;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Percentages of two decimals, rounded as Python's {@code round} does: the binary double is taken at its exact value, so that 3.125
 * becomes 3.12, and 2.675, which lies below what it prints as, becomes 2.67.
 */
final class Percent {
    private static final int DECIMALS = 2;

    private Percent() {}

    static double round(double value) {
        return new BigDecimal(value).setScale(DECIMALS, RoundingMode.HALF_EVEN).doubleValue();
    }

    /** @param total above 0 */
    static double of(int part, int total) {
        return round((double) part / total * 100);
    }
}
