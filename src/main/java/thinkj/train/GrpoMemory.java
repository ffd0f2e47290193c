package thinkj.train;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ActivationCheckpointing;
import thinkj.config.GrpoBatch;
import thinkj.config.GrpoConfig;
import thinkj.config.PrecisionSetting;
import thinkj.config.RolloutSettings;
import thinkj.generate.Generator;
import thinkj.io.UserError;
import thinkj.kernels.Precision;
import thinkj.model.MemoryNeeds;
import thinkj.runtime.Rematerialisation;

/**
 * Memory that a reinforcement run takes: sampling and training take turns, but hold theirs throughout. The KV cache has what it can use, at
 * most {@code cache_memory_mb}, or half of what everything else leaves at its least; the run samples with just that much.
 *
 * @param config of the run
 * @param model of policy, sampler and start model
 * @param longestPrompt tokens
 * @param validated prompts of a validation
 */
record GrpoMemory(GrpoConfig config, Qwen2Config model, int longestPrompt, int validated) {
    /** The part that {@code cache_memory_mb} lowers. */
    private static final String CACHE = "KV cache of the answers under way";

    private static final long MEGABYTE = 1_000_000;

    /** Memory that a plan gives the KV cache. */
    static long cache(TrainingMemory.Saving saving) {
        return saving.parts().get(CACHE);
    }

    /** What the run takes under a limit. */
    TrainingMemory within(long limit) {
        return withoutCache().and(CACHE, cacheBytes(limit));
    }

    private long cacheBytes(long limit) {
        Generator.CacheNeeds needs = cacheNeeds();
        OptionalLong set = config.rollout().cacheBytes();
        ActivationCheckpointing asked = config.activationCheckpointing();
        return needs.within(set.isPresent() ? set(set.getAsLong()) : Math.max(needs.least(), withoutCache().left(limit, asked) / 2));
    }

    /** Refuses a cache that could not hold the longest answer. */
    private long set(long bytes) {
        long least = cacheNeeds().least();
        if (bytes < least) {
            throw new UserError("rollout.cache_memory_mb: " + bytes / MEGABYTE + ", must be at least " + megabytes(least) + ", which the longest prompt, "
                    + longestPrompt + " tokens, with an answer of max_response_length, " + config.rollout().maxResponseLength() + ", takes in the KV cache");
        }
        return bytes;
    }

    private static long megabytes(long bytes) {
        return (bytes + MEGABYTE - 1) / MEGABYTE;
    }

    private Generator.CacheNeeds cacheNeeds() {
        int requests = Math.max(config.batch().sequences(), validated);
        return Generator.cacheNeeds(model, Engines.samplingPrecision(config), config.rollout().maxRows(), requests, longest());
    }

    private int longest() {
        return longestPrompt + config.rollout().maxResponseLength();
    }

    private TrainingMemory withoutCache() {
        GrpoBatch batch = config.batch();
        Precision precision = Engines.precision(config.precision());
        int sequences = batch.miniBatchSize() * batch.n();
        int lanes = MicroBatchLanes.of(model, MicroBatches.most(sequences, batch.microBatchSize(), batch.microBatchTokens()));
        MemoryNeeds needs = new MemoryNeeds(model, precision, Rematerialisation.OFF);
        MemoryNeeds sampling = new MemoryNeeds(model, Engines.samplingPrecision(config), Rematerialisation.OFF);
        TrainingMemory memory = TrainingMemory.of(model, precision, config.lora(), mostTokens(), mostTargets(), lanes)
                .and("weights for sampling", TrainedModel.needs(sampling, config.lora()).samplingWeights());
        if (config.lora().isPresent()) {
            return memory;
        }
        long copies = precision == Precision.BF16 ? needs.weights() / 2 : 0;
        if (copies > 0) {
            memory = memory.and("bf16 weights, packed for scoring", copies);
        }
        return config.loss().klCoefficient() > 0 ? memory.and("weights of the start model", needs.weights() + copies) : memory;
    }

    /** Most tokens of a micro-batch. */
    long mostTokens() {
        return MicroBatches.mostTokens(config.batch().microBatchSize(), longest(), config.batch().microBatchTokens());
    }

    /** Most of them that are learnt: those of the answers. */
    private long mostTargets() {
        return Math.min(mostTokens(), (long) config.batch().microBatchSize() * config.rollout().maxResponseLength());
    }

    /** Settings that the run could do with less of, as {@link Fitting} tries them. */
    List<Fitting.Knob> knobs() {
        GrpoBatch batch = config.batch();
        RolloutSettings rollout = config.rollout();
        long cut = batch.microBatchTokens().map(Integer::longValue).orElse((long) batch.microBatchSize() * longest());
        List<Fitting.Knob> knobs = new ArrayList<>(List.of(
                new Fitting.Knob("activation_checkpointing", List.of("auto", "layers")),
                new Fitting.Knob("batch.micro_batch_size", Fitting.halves(batch.microBatchSize(), 1)),
                new Fitting.Knob("batch.micro_batch_tokens", Fitting.halves(cut, longest())),
                new Fitting.Knob("rollout.max_rows", Fitting.halves(Math.min(rollout.maxRows(), batch.sequences()), 1)),
                new Fitting.Knob("rollout.cache_memory_mb", smallerCaches())));
        if (config.loss().klCoefficient() > 0) {
            knobs.add(new Fitting.Knob("loss.kl_coefficient", List.of("0")));
        }
        knobs.add(new Fitting.Knob("precision", List.of(config.precision() == PrecisionSetting.FP32 ? "bf16" : "fp32")));
        knobs.addAll(TrainedModel.knobs(config.lora()));
        return knobs;
    }

    /** A cache that is left to the plan is as small as it need be already. */
    private List<String> smallerCaches() {
        return config.rollout().cacheMemoryMb().map(set -> Fitting.halves(set, megabytes(cacheNeeds().least()))).orElse(List.of());
    }
}
