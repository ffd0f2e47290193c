package thinkj.train;

import java.time.Duration;
import java.util.Locale;

/** How long a run will take, from parts of it that were timed. */
final class Estimate {
    /** Passes are repeated until they have taken this long together: the first ones still wait for the compiler and for memory. */
    private static final Duration WARM = Duration.ofSeconds(3);

    private static final int MOST_PASSES = 6;

    /** Seconds of a pass that is not repeated. */
    static final double LONG_PASS = 30;

    /** A forward pass takes 2 operations a parameter and token, with its backward pass 6. */
    private static final double FORWARD = 3;

    private final PlanText text = new PlanText();
    private double all;
    private double learnt;

    /** Seconds that a pass takes once it is warm: the last of several, or the only one where it is long. */
    static double seconds(Runnable pass) {
        double together = 0;
        for (int i = 1; ; i++) {
            double last = once(pass);
            together += last;
            if (together > WARM.toSeconds() || i == MOST_PASSES) {
                return last;
            }
        }
    }

    /** What was timed. */
    Estimate measured(String name, String format, Object... values) {
        text.row(name, format, values);
        return this;
    }

    /** Seconds that something takes the first time. */
    static double once(Runnable pass) {
        long started = System.nanoTime();
        pass.run();
        return (System.nanoTime() - started) / 1e9;
    }

    /** Passes with gradient over all tokens of the run. */
    Estimate learning(double tokens, double perSecond) {
        learnt = perSecond;
        return rate("learning", tokens, "tokens", perSecond);
    }

    /** Passes without gradient, which are a third of the work. */
    Estimate forward(String name, double tokens) {
        return tokens == 0 ? this : rate(name, tokens, "tokens", FORWARD * learnt);
    }

    /** A part of the run: so many units of work at so many a second. */
    Estimate rate(String name, double amount, String unit, double perSecond) {
        double seconds = amount / perSecond;
        all += seconds;
        text.row(name, "%,.0f %s at %s a second: %s", amount, unit, rate(perSecond), shown(seconds));
        return this;
    }

    /** A part of the run that comes so many times. */
    Estimate times(String name, double times, double secondsEach) {
        double seconds = times * secondsEach;
        all += seconds;
        text.row(name, "%,.0f of %s: %s", times, shown(secondsEach), shown(seconds));
        return this;
    }

    private static String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond < 10 ? "%.2g" : "%,.0f", perSecond);
    }

    /** Seconds of the whole run. */
    double all() {
        return all;
    }

    String table() {
        return text + new PlanText().row("in all", "about %s; saving not counted", shown(all)).toString();
    }

    /** Such as {@code 0.42 s}, {@code 17 s}, {@code 3 min 20 s}, {@code 5 h 10 min}, {@code 12 days 3 h}. */
    static String shown(double seconds) {
        if (seconds < 10) {
            return String.format(Locale.ROOT, seconds < 1 ? "%.2g s" : "%.1f s", seconds);
        }
        Duration time = Duration.ofSeconds(Math.round(seconds));
        if (time.toMinutes() < 1) {
            return time.toSeconds() + " s";
        }
        if (time.toHours() < 1) {
            return time.toMinutes() + " min " + time.toSecondsPart() + " s";
        }
        return time.toDays() < 1
                ? time.toHours() + " h " + time.toMinutesPart() + " min"
                : time.toDays() + (time.toDays() == 1 ? " day " : " days ") + time.toHoursPart() + " h";
    }
}
