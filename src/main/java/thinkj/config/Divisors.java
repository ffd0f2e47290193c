package thinkj.config;

/** Help for batch sizes that do not divide each other. */
final class Divisors {
    private Divisors() {}

    /** The divisors of {@code whole} next to a value that is none, in words. */
    static String nearest(long value, long whole) {
        if (value > whole) {
            return "the nearest is " + whole;
        }
        long below = value;
        while (whole % below != 0) {
            below--;
        }
        long above = value;
        while (whole % above != 0) {
            above++;
        }
        return "the nearest are " + below + " and " + above;
    }
}
