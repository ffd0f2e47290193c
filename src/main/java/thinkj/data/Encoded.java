package thinkj.data;

import java.util.List;

/**
 * Rows in tokens.
 *
 * @param rows in the order of the examples
 * @param origins which example each row is of
 */
public record Encoded<T>(List<T> rows, int[] origins, EncodingCounts counts) {}
