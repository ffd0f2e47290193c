package thinkj.evaluate;

/**
 * A question with a better and a worse answer.
 *
 * @param id unique in its benchmark
 * @param subset part of the benchmark that it is counted in; empty where there are none
 */
public record BenchmarkRow(String id, String subset, String instruction, String better, String worse) {}
