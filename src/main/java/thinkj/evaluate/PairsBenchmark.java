package thinkj.evaluate;

import java.nio.file.Path;
import java.util.List;
import thinkj.data.Examples;
import thinkj.data.JudgeExample;

/** A benchmark of one's own: any file of judge input, counted as a whole. */
public final class PairsBenchmark {

    /** What options and files call it. */
    public static final String NAME = "pairs";

    private PairsBenchmark() {}

    /** @param limit most rows, the first ones; 0 for all */
    public static Benchmark read(Path file, int limit) {
        return of(Examples.judge(file.toString()), limit);
    }

    /** @param limit most rows, the first ones; 0 for all */
    public static Benchmark of(List<JudgeExample> examples, int limit) {
        return new Benchmark(NAME, examples.stream()
                .limit(limit == 0 ? Long.MAX_VALUE : limit)
                .map(PairsBenchmark::row)
                .toList(), List.of());
    }

    private static BenchmarkRow row(JudgeExample example) {
        boolean first = example.better() == 1;
        return new BenchmarkRow(example.id(), "", example.instruction(),
                first ? example.response1() : example.response2(), first ? example.response2() : example.response1());
    }
}
