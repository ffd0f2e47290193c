package thinkj.evaluate;

import java.util.List;

/**
 * Questions to judge a judge by.
 *
 * @param name {@code rewardbench} or {@code pairs}
 * @param rows at least one
 * @param notes what was left out or is missing, a sentence each
 */
public record Benchmark(String name, List<BenchmarkRow> rows, List<String> notes) {}
