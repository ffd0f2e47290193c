package thinkj.generate;

/**
 * A request that is done.
 *
 * @param requestPosition its place in the list of requests
 */
public record Completed(int requestPosition, GenerationResult result) {}
