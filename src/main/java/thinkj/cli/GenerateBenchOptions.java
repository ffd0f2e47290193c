package thinkj.cli;

import java.util.List;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import thinkj.bench.GenerateBenchmark;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;

/** The options of {@code thinkj bench generate} alone. */
final class GenerateBenchOptions {
    static final Set<String> NAMES =
            Set.of("--requests", "--samples", "--prompt-tokens", "--new-tokens", "--concurrency", "--rows", "--cache-memory");

    @Option(names = "--requests", defaultValue = "1", paramLabel = "R", description = "For generate: different prompts (${DEFAULT-VALUE}).")
    private int requests;

    @Option(names = "--samples", defaultValue = "1", paramLabel = "N", description = "For generate: samples of each prompt (${DEFAULT-VALUE}).")
    private int samples;

    @Option(names = "--prompt-tokens", defaultValue = "256", paramLabel = "T",
            description = "For generate: tokens of a prompt (${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(names = "--new-tokens", defaultValue = "128", paramLabel = "T",
            description = "For generate: tokens of an answer (${DEFAULT-VALUE}).")
    private int newTokens;

    @Option(names = "--concurrency", defaultValue = "32", paramLabel = "C",
            description = "For generate: most rows under way at once (${DEFAULT-VALUE}).")
    private int concurrency;

    @Option(names = "--rows", split = ",", paramLabel = "R,...",
            description = "For generate: numbers of rows, decoded in turn with one row alone and compared with it (none).")
    private List<Integer> rows = List.of();

    @Mixin
    private CacheMemoryOption cache;

    GenerateBenchmark benchmark(String shape, Qwen2Config config, Precision precision, Engine.Choice kernels) {
        return new GenerateBenchmark(
                shape, config, requests, samples, promptTokens, newTokens, concurrency, rows, precision, kernels, cache.bytes());
    }
}
