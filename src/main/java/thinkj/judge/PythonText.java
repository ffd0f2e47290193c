package thinkj.judge;

import java.math.BigInteger;
import java.util.regex.Pattern;

/**
 * The few habits of Python's {@code re}, {@code int}, {@code float} and {@code str.strip} that decide whether an answer of the original
 * program parses: its {@code .} stops at {@code \n} alone, its {@code $} also stands before one last {@code \n}, and its digits are
 * those of every script.
 */
public final class PythonText {
    /** Python's {@code \d}. */
    static final String DIGIT = "\\p{Nd}";

    private PythonText() {}

    /** A pattern with Python's meaning of {@code .} and {@code $}. */
    static Pattern pattern(String regex) {
        return Pattern.compile(regex, Pattern.UNIX_LINES);
    }

    /** {@code int(digits)} where it is in 1–3, else 0. The digits may be of any script and any number. */
    static int strength(String digits) {
        BigInteger value = new BigInteger(ascii(digits));
        return value.signum() > 0 && value.compareTo(BigInteger.valueOf(3)) <= 0 ? value.intValue() : 0;
    }

    /** {@code float(number)} for digits of any script with at most one point. */
    static double number(String number) {
        return Double.parseDouble(ascii(number));
    }

    /** {@code text.strip()}. */
    public static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isSpace(text.charAt(from))) {
            from++;
        }
        while (to > from && isSpace(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    private static String ascii(String digits) {
        StringBuilder out = new StringBuilder(digits.length());
        digits.codePoints().forEach(c -> {
            int digit = Character.digit(c, 10);
            out.appendCodePoint(digit < 0 ? c : '0' + digit);
        });
        return out.toString();
    }

    /** {@code str.isspace}: Java's own test leaves out the no-break spaces and U+0085. */
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }
}
