package thinkj.generate;

/**
 * One sequence to continue.
 *
 * @param index what the random stream of this sample is keyed by, with the seed
 * @param promptIds at least one id
 */
public record GenerationRequest(long index, int[] promptIds) {}
