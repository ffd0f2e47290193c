package thinkj.checkpoint;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How weights are written.
 *
 * @param dtype F32 or BF16
 * @param maxShardBytes most bytes of tensors in one file; a tensor that is larger has a file of its own
 */
public record SaveOptions(Dtype dtype, long maxShardBytes) {

    /** What HF's tools use by default: 5 GB. */
    public static final long DEFAULT_SHARD_BYTES = 5_000_000_000L;

    private static final Pattern SIZE = Pattern.compile("(\\d+)\\s*(KB|MB|GB|)", Pattern.CASE_INSENSITIVE);

    public SaveOptions {
        if (dtype == Dtype.F16) {
            throw new IllegalArgumentException("dtype: F16, must be F32 or BF16");
        }
        if (maxShardBytes <= 0) {
            throw new IllegalArgumentException("max_shard_size: " + maxShardBytes + ", must be above 0");
        }
    }

    public SaveOptions(Dtype dtype) {
        this(dtype, DEFAULT_SHARD_BYTES);
    }

    /** Bytes of a size such as {@code 500MB} or {@code 5GB} (powers of ten, as HF's tools count them). */
    public static long parseSize(String text) {
        Matcher matcher = SIZE.matcher(text.strip());
        if (!matcher.matches() || matcher.group(1).length() > 15) {
            throw new IllegalArgumentException("'" + text + "' is no size, must be a number with KB, MB or GB");
        }
        long unit = switch (matcher.group(2).toUpperCase(java.util.Locale.ROOT)) {
            case "KB" -> 1_000L;
            case "MB" -> 1_000_000L;
            case "GB" -> 1_000_000_000L;
            default -> 1L;
        };
        return Long.parseLong(matcher.group(1)) * unit;
    }
}
