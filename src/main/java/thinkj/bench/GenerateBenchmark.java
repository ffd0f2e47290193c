package thinkj.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
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
 * Times generation on a model of random weights, as a group-sampling step or an evaluation asks for it: first some requests alone, then
 * all of them. Prompts are random and all different, samples are drawn at temperature 1, and nothing ends before its last token.
 *
 * @param shape what the architecture is called in reports
 * @param requests different prompts
 * @param samples of each prompt
 * @param concurrency most rows under way
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
        Precision precision,
        Engine.Choice kernels,
        OptionalLong cacheBytes) {

    /** Requests that are timed alone, one after the other. */
    private static final int ALONE = 5;

    /** Tokens of each of those. */
    private static final int MOST_ALONE = 48;

    /** Tokens of one before them, which is not counted. */
    private static final int UNTIL_COMPILED = 200;

    /** Tokens that every row gets before anything is timed. */
    private static final int WARM_UP = 4;

    public GenerateBenchmark {
        Benchmark.atLeast("--requests", requests, 1);
        Benchmark.atLeast("--samples", samples, 1);
        Benchmark.atLeast("--prompt-tokens", promptTokens, 1);
        Benchmark.atLeast("--new-tokens", newTokens, 2);
        Benchmark.atLeast("--concurrency", concurrency, 1);
        if (promptTokens + newTokens > config.maxPositionEmbeddings()) {
            throw new UserError("--prompt-tokens and --new-tokens: " + promptTokens + " + " + newTokens + ", must be at most "
                    + config.maxPositionEmbeddings() + " together, the context of " + shape + " (max_position_embeddings)");
        }
    }

    /** What was measured. */
    record Measured(
            double loadSeconds,
            List<GenerationClock.Alone> alone,
            GenerationClock.Load load,
            GenerationStats stats,
            long blockBytes,
            Ceiling prefillCeiling,
            Ceiling decodeCeiling,
            ReadBandwidth bandwidth) {}

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
                    used, threads, Usage.loadAverage(), Usage.cpuTicks().stolenSince(before), Usage.peakResident());
            return new GenerateFigures(this, circumstances, measured);
        }
    }

    private Measured measure(Qwen2Model model, Consumer<String> progress) {
        ReadBandwidth bandwidth = new ReadBandwidth();
        Ceiling prefill = new Ceiling(Work.projections(Task.PREFILL, config, Math.min(promptTokens, 512), 1), precision);
        Ceiling decode = new Ceiling(Work.projections(Task.PREFILL, config, 1, Math.min(concurrency, requests * samples)), precision);
        Generator generator = new Generator(model, null, new Generator.Limits(concurrency, cacheBytes));
        SamplingOptions options = new SamplingOptions(false, 1, 0, 1, 1, 42, newTokens, Set.of(), List.of());
        SplittableRandom random = new SplittableRandom(1);
        GenerationClock clock = new GenerationClock();
        List<GenerationClock.Alone> alone = new ArrayList<>();
        try (Generation generation = generator.open(options, clock)) {
            progress.accept("random weights, and a first load, cut short, to warm up");
            double loaded = clock.warmUp(generation, load(random), WARM_UP);
            bandwidth.measure();
            measureCeilings(prefill, decode);
            // Java compiles what decodes one row while it runs, on a core that decoding then lacks.
            clock.alone(generation, load(random).get(0), UNTIL_COMPILED);
            for (int i = 1; i <= ALONE; i++) {
                progress.accept("a request alone, " + i + " of " + ALONE);
                alone.add(clock.alone(generation, load(random).get(0), MOST_ALONE));
                bandwidth.measure();
            }
            measureCeilings(prefill, decode);
            progress.accept(requests + " requests of " + samples + " samples");
            GenerationStats earlier = generation.stats();
            GenerationClock.Load load = clock.load(generation, load(random));
            GenerationStats stats = generation.stats().since(earlier);
            measureCeilings(prefill, decode);
            return new Measured(loaded, alone, load, stats, generator.blockBytes(), prefill, decode, bandwidth);
        }
    }

    private static void measureCeilings(Ceiling prefill, Ceiling decode) {
        prefill.measure();
        decode.measure();
    }

    /** Fresh prompts, the samples of each together. */
    private List<GenerationRequest> load(SplittableRandom random) {
        List<GenerationRequest> load = new ArrayList<>();
        for (int request = 0; request < requests; request++) {
            int[] prompt = random.ints(promptTokens, 0, config.vocabSize()).toArray();
            for (int sample = 0; sample < samples; sample++) {
                load.add(new GenerationRequest(load.size(), prompt));
            }
        }
        return load;
    }
}
