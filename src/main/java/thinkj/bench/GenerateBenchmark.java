package thinkj.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import thinkj.checkpoint.Qwen2Config;
import thinkj.device.Machine;
import thinkj.device.Usage;
import thinkj.generate.Generation;
import thinkj.generate.GenerationRequest;
import thinkj.generate.GenerationStats;
import thinkj.generate.Generator;
import thinkj.generate.SamplingOptions;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.kernels.NativeThreads;
import thinkj.kernels.Precision;
import thinkj.model.MemoryNeeds;
import thinkj.model.Qwen2Model;
import thinkj.runtime.Rematerialisation;

/**
 * Times generation on a model of random weights, as a group-sampling step or an evaluation asks for it: first some requests alone, and
 * in turn with them, if asked for, several rows of one prompt; then all of them. Prompts are random and all different, samples are drawn
 * at temperature 1, and nothing ends before its last token.
 *
 * @param shape what the architecture is called in reports
 * @param requests different prompts
 * @param samples of each prompt
 * @param concurrency most rows under way
 * @param rows numbers of rows that are compared with one row, in turn with it, since a machine's speed changes; may be none
 * @param cacheBytes memory for the KV cache; empty for what the machine has left
 */
public record GenerateBenchmark(
        String shape,
        Qwen2Config config,
        int requests,
        int samples,
        int promptTokens,
        int newTokens,
        int concurrency,
        List<Integer> rows,
        Precision precision,
        Engine.Choice kernels,
        OptionalLong cacheBytes) {

    /** How often a request is timed alone, and each number of rows in turn with such requests. */
    private static final int ROUNDS = 5;

    /** Tokens of each of those rows. */
    private static final int MOST_ALONE = 48;

    private static final int MOST_TOGETHER = 24;

    /** Tokens of one before them, which is not counted. */
    private static final int UNTIL_COMPILED = 200;

    /** Tokens that every row gets before anything is timed. */
    private static final int WARM_UP = 4;

    public GenerateBenchmark {
        Benchmark.atLeast("--requests", requests, 1);
        Benchmark.atLeast("--samples", samples, 1);
        Benchmark.atLeast("--prompt-tokens", promptTokens, 1);
        Benchmark.atLeast("--new-tokens", newTokens, rows.isEmpty() ? 2 : 3);
        Benchmark.atLeast("--concurrency", concurrency, 1);
        rows = List.copyOf(rows);
        for (int count : rows) {
            Benchmark.atLeast("--rows", count, 2);
            if (count > concurrency) {
                throw new UserError("--rows: " + count + ", must be at most --concurrency, " + concurrency);
            }
        }
        if (promptTokens + newTokens > config.maxPositionEmbeddings()) {
            throw new UserError("--prompt-tokens and --new-tokens: " + promptTokens + " + " + newTokens + ", must be at most "
                    + config.maxPositionEmbeddings() + " together, the context of " + shape + " (max_position_embeddings)");
        }
    }

    /**
     * Several rows, between two requests alone.
     *
     * @param seconds a token of one of them takes
     * @param times as many tokens in the same time as those two had on average
     */
    record Together(int rows, double seconds, double times) {}

    /** What was measured. */
    record Measured(
            double loadSeconds,
            List<GenerationClock.Alone> alone,
            List<Together> together,
            GenerationClock.Load load,
            GenerationStats stats,
            long blockBytes,
            Ceiling prefillCeiling,
            Ceiling decodeCeiling,
            ReadBandwidth bandwidth,
            OptionalLong peakResident) {}

    /** @param progress told what is going on, a few words each time */
    public GenerateFigures run(Consumer<String> progress) {
        Engine engine = Engine.of(kernels, precision);
        MemoryNeeds needs = new MemoryNeeds(config, precision, Rematerialisation.OFF);
        Benchmark.requireRoom("generate", needs.generationWeights(), Machine.offHeapLimit());
        String used = engine.kernels().name();
        int threads = NativeThreads.forWidth(config.hiddenSize());
        NativeThreads.use(threads);
        Usage.CpuTicks before = Usage.cpuTicks();
        try (Qwen2Model model = Qwen2Model.forGeneration(config, RandomWeights.source(config), engine)) {
            Measured measured = measure(model, progress);
            Figures.Circumstances circumstances = new Figures.Circumstances(
                    used, threads, Usage.loadAverage(), Usage.cpuTicks().stolenSince(before), measured.peakResident());
            return new GenerateFigures(this, circumstances, measured);
        }
    }

    private Measured measure(Qwen2Model model, Consumer<String> progress) {
        Ceiling prefill = new Ceiling(Work.projections(Task.PREFILL, config, Math.min(promptTokens, 512), 1), precision);
        Ceiling decode = new Ceiling(Work.projections(Task.PREFILL, config, 1, Math.min(concurrency, requests * samples)), precision);
        Generator generator = new Generator(model, null, new Generator.Limits(concurrency, cacheBytes));
        SamplingOptions options = new SamplingOptions(false, 1, 0, 1, 1, 42, newTokens, Set.of(), List.of());
        SplittableRandom random = new SplittableRandom(1);
        GenerationClock clock = new GenerationClock();
        try (Generation generation = generator.open(options, clock)) {
            progress.accept("random weights, and a first load, cut short, to warm up");
            double loaded = clock.warmUp(generation, load(random), WARM_UP);
            measureCeilings(prefill, decode);
            OptionalLong peakUntilLoaded = Usage.peakResident();
            List<GenerationClock.Alone> alone = new ArrayList<>();
            List<Together> together;
            ReadBandwidth bandwidth = new ReadBandwidth();
            try (bandwidth) {
                together = inTurn(generation, clock, random, bandwidth, alone, progress);
            }
            // Whoever generates has no such memory to measure reading on.
            Usage.forgetPeakResident();
            measureCeilings(prefill, decode);
            progress.accept(requests + " requests of " + samples + " samples");
            GenerationStats earlier = generation.stats();
            GenerationClock.Load load = clock.load(generation, load(random));
            GenerationStats stats = generation.stats().since(earlier);
            measureCeilings(prefill, decode);
            OptionalLong peak = larger(peakUntilLoaded, Usage.peakResident());
            return new Measured(loaded, alone, together, load, stats, generator.blockBytes(), prefill, decode, bandwidth, peak);
        }
    }

    private List<Together> inTurn(
            Generation generation,
            GenerationClock clock,
            SplittableRandom random,
            ReadBandwidth bandwidth,
            List<GenerationClock.Alone> alone,
            Consumer<String> progress) {
        // Java compiles what decodes one row while it runs, on a core that decoding then lacks.
        clock.alone(generation, new GenerationRequest(0, prompt(random)), UNTIL_COMPILED, bandwidth);
        List<Together> all = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
            progress.accept("requests alone" + (rows.isEmpty() ? "" : ", and several rows") + ", " + round + " of " + ROUNDS);
            int[] prompt = prompt(random);
            GenerationClock.Alone last = clock.alone(generation, new GenerationRequest(0, prompt), MOST_ALONE, bandwidth);
            alone.add(last);
            for (int count : rows) {
                double seconds = clock.together(generation, samples(prompt, count), MOST_TOGETHER);
                GenerationClock.Alone next = clock.alone(generation, new GenerationRequest(0, prompt(random)), MOST_ALONE, bandwidth);
                all.add(new Together(count, seconds, (last.decodeSeconds() + next.decodeSeconds()) / 2 / seconds));
                alone.add(next);
                last = next;
            }
        }
        return all;
    }

    private static OptionalLong larger(OptionalLong a, OptionalLong b) {
        return LongStream.concat(a.stream(), b.stream()).max();
    }

    private static void measureCeilings(Ceiling prefill, Ceiling decode) {
        prefill.measure();
        decode.measure();
    }

    private int[] prompt(SplittableRandom random) {
        return random.ints(promptTokens, 0, config.vocabSize()).toArray();
    }

    private static List<GenerationRequest> samples(int[] prompt, int count) {
        return IntStream.range(0, count).mapToObj(i -> new GenerationRequest(i, prompt)).toList();
    }

    /** Fresh prompts, the samples of each together. */
    private List<GenerationRequest> load(SplittableRandom random) {
        List<GenerationRequest> load = new ArrayList<>();
        for (int request = 0; request < requests; request++) {
            int[] prompt = prompt(random);
            for (int sample = 0; sample < samples; sample++) {
                load.add(new GenerationRequest(load.size(), prompt));
            }
        }
        return load;
    }
}
