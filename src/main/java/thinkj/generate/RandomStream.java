package thinkj.generate;

/**
 * Uniform numbers without a state: the number for a token is a hash of the seed, the sample's index and the step, so a sample does
 * not depend on the batch that it shared nor on what was drawn before.
 *
 * <p>The hash is the finaliser of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"; the
 * constants are Stafford's variant 13), applied once for each part of the key.
 */
final class RandomStream {
    /** 2^64 divided by the golden ratio, odd: keys that follow each other are spread over all bits. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private RandomStream() {}

    /** A number in [0, 1) with 53 random bits. */
    static double uniform(long seed, long sample, long step) {
        long key = mix(seed + SPREAD);
        key = mix(key + (sample + 1) * SPREAD);
        key = mix(key + (step + 1) * SPREAD);
        return (key >>> 11) * 0x1.0p-53;
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
