package thinkj.evaluate;

/**
 * What a model answered.
 *
 * @param text decoded without special tokens
 * @param tokens generated tokens, the end token included
 * @param finishReason {@code stop}, or {@code length} where the answer was cut off
 */
public record Answer(String text, int tokens, String finishReason) {}
