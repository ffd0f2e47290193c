package thinkj.bench;

import java.util.Optional;
import java.util.function.Consumer;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ActivationCheckpointing;
import thinkj.device.Machine;
import thinkj.device.Usage;
import thinkj.io.Sizes;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.kernels.NativeThreads;
import thinkj.kernels.Precision;
import thinkj.model.MemoryNeeds;
import thinkj.model.Qwen2Model;
import thinkj.runtime.Rematerialisation;
import thinkj.train.TrainingMemory;

/**
 * Times a task on a model of random weights.
 *
 * @param shape what the architecture is called in reports
 * @param tokens of each sequence
 * @param batch sequences in a step
 * @param checkpointing how training saves memory
 * @param steps how many are timed, after one that is not
 */
public record Benchmark(
        Task task,
        String shape,
        Qwen2Config config,
        int tokens,
        int batch,
        Precision precision,
        Engine.Choice kernels,
        ActivationCheckpointing checkpointing,
        int steps) {

    /** Fewer have no median worth the name. */
    public static final int LEAST_STEPS = 5;

    /** Steps that are not counted: memory is touched in the first, and Java compiles, on a core that the step lacks, until the last. */
    private static final int WARM_UP = 4;

    public Benchmark {
        atLeast("--tokens", tokens, task == Task.PREFILL ? 1 : 2);
        atLeast("--batch", batch, 1);
        atLeast("--steps", steps, LEAST_STEPS);
        if (precision == Precision.INT8 && task != Task.PREFILL) {
            throw new UserError("--precision: int8, must be fp32 or bf16 for " + task + "; int8 weights generate and do nothing else");
        }
        if (tokens > config.maxPositionEmbeddings()) {
            throw new UserError("--tokens: " + tokens + ", must be at most " + config.maxPositionEmbeddings() + ", the context of " + shape
                    + " (max_position_embeddings)");
        }
        if (task != Task.TRAIN && !checkpointing.equals(ActivationCheckpointing.OFF)) {
            throw new UserError("--remat is for train; " + task + " keeps nothing for a backward pass");
        }
    }

    static void atLeast(String option, int value, int least) {
        if (value < least) {
            throw new UserError(option + ": " + value + ", must be at least " + least);
        }
    }

    /** @param progress told what is going on, a few words each time */
    public Figures run(Consumer<String> progress) {
        Engine engine = Engine.of(kernels, precision);
        Rematerialisation rematerialisation = requireRoom(Machine.offHeapLimit());
        String used = engine.kernels().name();
        int threads = NativeThreads.forWidth(config.hiddenSize());
        NativeThreads.use(threads);
        Usage.CpuTicks before = Usage.cpuTicks();
        Ceiling ceiling = new Ceiling(Work.projections(task, config, tokens, batch), precision);
        CopyBandwidth bandwidth = new CopyBandwidth();
        bandwidth.measure();
        Timings timings = time(engine, rematerialisation, ceiling, progress);
        bandwidth.measure();
        Figures.Circumstances circumstances = new Figures.Circumstances(
                used, threads, Usage.loadAverage(), Usage.cpuTicks().stolenSince(before), Usage.peakResident());
        return new Figures(this, circumstances, timings, ceiling, bandwidth.bytesPerSecond());
    }

    /** What training computes twice; refuses a run that would end when memory does. */
    private Rematerialisation requireRoom(long limit) {
        if (task == Task.TRAIN) {
            long all = (long) tokens * batch;
            return TrainingMemory.of(config, precision, Optional.empty(), all, all, 1)
                    .within(limit, checkpointing, "--remat", () -> "lower --tokens or --batch, take a smaller --shape, or raise THINKJ_OFFHEAP "
                            + "where the machine has more")
                    .how();
        }
        long weights = new MemoryNeeds(config).weights();
        requireRoom(task.toString(), weights + (precision == Precision.BF16 ? weights / 2 : 0), limit);
        return Rematerialisation.OFF;
    }

    /** Refuses a run that would end when memory does. */
    static void requireRoom(String task, long bytes, long limit) {
        if (bytes > limit) {
            throw new UserError(task + " takes about " + Sizes.shown(bytes) + " outside the Java heap, the limit is "
                    + Sizes.shown(limit) + "; take a smaller --shape or fewer --tokens, or raise THINKJ_OFFHEAP where "
                    + "the machine has more");
        }
    }

    private Timings time(Engine engine, Rematerialisation rematerialisation, Ceiling ceiling, Consumer<String> progress) {
        progress.accept("random weights");
        NodeTimes nodes = new NodeTimes();
        try (Qwen2Model model = new Qwen2Model(config, RandomWeights.of(config), engine);
                Steps work = Steps.of(task, model, tokens, batch, rematerialisation, nodes)) {
            for (int step = 1; step <= WARM_UP; step++) {
                progress.accept("step " + step + " of " + WARM_UP + " to warm up");
                work.run();
                work.between();
            }
            nodes.clear();
            Timings timings = new Timings(nodes);
            ceiling.measure();
            for (int step = 1; step <= steps; step++) {
                progress.accept("step " + step + " of " + steps);
                timings.time(work);
                ceiling.measure();
            }
            timings.offHeap(Usage.offHeap());
            return timings;
        }
    }
}
