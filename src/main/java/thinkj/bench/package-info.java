/**
 * How fast a model trains, scores, reads prompts and generates on this machine, and how much of what the machine gives that is.
 *
 * <p>{@link thinkj.bench.Benchmark} is the way in: it makes a model of random weights, takes some steps to warm up and then several that
 * are timed, and measures around them, in the same process, bare matrix products of the model's own shapes. {@link thinkj.bench.Work}
 * says what is counted as work, {@link thinkj.bench.Ceiling} what it is compared with, {@link thinkj.bench.Figures} what comes out.
 * {@link thinkj.bench.GenerateBenchmark} does the same for generation, with {@link thinkj.bench.GenerationClock} to take the times and
 * {@link thinkj.bench.ReadBandwidth} for what bounds a single row. Kernels one by one are measured by the JMH benchmarks in {@code src/bench}.
 */
package thinkj.bench;
