package thinkj.io;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of bytes, as people read and write them. */
public final class Sizes {
    private static final Pattern SIZE = Pattern.compile("([1-9]\\d{0,8})\\s*([KMG])B", Pattern.CASE_INSENSITIVE);
    private static final double MIB = 1L << 20;
    private static final double GIB = 1L << 30;

    private Sizes() {}

    /** Such as {@code 1.5 GiB}, below one {@code 768.0 MiB}. */
    public static String shown(long bytes) {
        return bytes < GIB ? String.format(Locale.ROOT, "%.1f MiB", bytes / MIB) : String.format(Locale.ROOT, "%.1f GiB", bytes / GIB);
    }

    /** Such as {@code 1.5 GB}, in the units of {@link #parse}. */
    public static String decimal(long bytes) {
        if (bytes < 1_000_000) {
            return String.format(Locale.ROOT, "%.1f KB", bytes / 1e3);
        }
        return bytes < 1_000_000_000
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }

    /**
     * Bytes of a size such as {@code 500MB} or {@code 5GB} (powers of ten, as Hugging Face's tools count them).
     *
     * @throws IllegalArgumentException where it is none
     */
    public static long parse(String text) {
        Matcher matcher = SIZE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no size, must be a whole number from 1 to 999999999 with KB, MB or GB");
        }
        long unit = switch (matcher.group(2).toUpperCase(Locale.ROOT)) {
            case "K" -> 1_000L;
            case "M" -> 1_000_000L;
            default -> 1_000_000_000L;
        };
        return Long.parseLong(matcher.group(1)) * unit;
    }
}
