package thinkj.train;

import java.util.ArrayList;
import java.util.List;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.GrpoBatch;
import thinkj.config.GrpoConfig;
import thinkj.config.PrecisionSetting;
import thinkj.config.RolloutSettings;
import thinkj.kernels.Precision;
import thinkj.model.MemoryNeeds;
import thinkj.runtime.Rematerialisation;

/** Memory that a reinforcement run takes: sampling and training take turns, but hold theirs throughout. */
final class GrpoMemory {
    private GrpoMemory() {}

    static TrainingMemory of(GrpoConfig config, Qwen2Config model) {
        GrpoBatch batch = config.batch();
        RolloutSettings rollout = config.rollout();
        Precision precision = Engines.precision(config.precision());
        int longest = rollout.maxPromptLength() + rollout.maxResponseLength();
        int sequences = batch.miniBatchSize() * batch.n();
        int learnt = Math.min(batch.microBatchSize(), sequences);
        long tokens = MicroBatches.mostTokens(learnt, longest, batch.microBatchTokens());
        long targets = Math.min(tokens, (long) learnt * rollout.maxResponseLength());
        int lanes = MicroBatchLanes.of(model, MicroBatches.most(sequences, batch.microBatchSize(), batch.microBatchTokens()));
        MemoryNeeds needs = new MemoryNeeds(model, precision, Rematerialisation.OFF);
        MemoryNeeds sampling = new MemoryNeeds(model, Engines.samplingPrecision(config), Rematerialisation.OFF);
        long underWay = Math.min(rollout.maxRows(), batch.sequences());
        long cache = Math.min(underWay * longest * sampling.cachePerToken(), rollout.cacheBytes().orElse(Long.MAX_VALUE));
        TrainingMemory memory = TrainingMemory.of(model, precision, config.lora(), tokens, targets, lanes)
                .and("KV cache of the answers under way", cache)
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

    /** Settings that a run could do with less of, as {@link Fitting} tries them. */
    static List<Fitting.Knob> knobs(GrpoConfig config) {
        GrpoBatch batch = config.batch();
        RolloutSettings rollout = config.rollout();
        long longest = (long) rollout.maxPromptLength() + rollout.maxResponseLength();
        long cut = batch.microBatchTokens().map(Integer::longValue).orElse(batch.microBatchSize() * longest);
        List<Fitting.Knob> knobs = new ArrayList<>(List.of(
                new Fitting.Knob("activation_checkpointing", List.of("auto", "layers")),
                new Fitting.Knob("batch.micro_batch_size", Fitting.halves(batch.microBatchSize(), 1)),
                new Fitting.Knob("batch.micro_batch_tokens", Fitting.halves(cut, longest)),
                new Fitting.Knob("rollout.max_rows", Fitting.halves(Math.min(rollout.maxRows(), batch.sequences()), 1))));
        if (config.loss().klCoefficient() > 0) {
            knobs.add(new Fitting.Knob("loss.kl_coefficient", List.of("0")));
        }
        knobs.add(new Fitting.Knob("precision", List.of(config.precision() == PrecisionSetting.FP32 ? "bf16" : "fp32")));
        knobs.addAll(TrainedModel.knobs(config.lora()));
        return knobs;
    }
}
