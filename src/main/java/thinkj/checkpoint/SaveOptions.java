package thinkj.checkpoint;

/**
 * How weights are written.
 *
 * @param dtype F32 or BF16
 * @param maxShardBytes most bytes of tensors in one file; a tensor that is larger has a file of its own
 */
public record SaveOptions(Dtype dtype, long maxShardBytes) {

    /** What HF's tools use by default: 5 GB. */
    public static final long DEFAULT_SHARD_BYTES = 5_000_000_000L;

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
}
