package thinkj.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reinforcement of a judge by group relative policy optimisation.
 *
 * @param model the checkpoint to start from, and what the KL term holds the judge to
 * @param data files of prompts and ground truths, Parquet as verl has it
 * @param output the run's folder, which must not hold a run yet
 * @param epochs passes over the data
 * @param maxSteps takes the place of {@code epochs} when given
 * @param seed of the order of the prompts and of every sample
 * @param shuffle false: every epoch goes through the data as it stands
 * @param precision what matrix products take
 * @param kernels whose kernels compute
 * @param activationCheckpointing what is computed a second time to save memory
 * @param lora what is trained in the place of all weights; empty to train them
 * @param followedPrompts prompts whose answers are shown again and again
 * @param completionsPerStep answers written to {@code samples/completions.jsonl} in each step
 */
public record GrpoConfig(
        Path model,
        List<Path> data,
        Path output,
        int epochs,
        Optional<Integer> maxSteps,
        long seed,
        boolean shuffle,
        PrecisionSetting precision,
        KernelsSetting kernels,
        ActivationCheckpointing activationCheckpointing,
        Optional<LoraSettings> lora,
        GrpoBatch batch,
        RolloutSettings rollout,
        RewardSettings reward,
        GrpoLossSettings loss,
        OptimizerSettings optimizer,
        ValidationSettings validation,
        FollowedSettings followedPrompts,
        CheckpointSettings checkpoints,
        int completionsPerStep) {

    public GrpoConfig {
        Rules rules = new Rules()
                .that(data == null || !data.isEmpty(), "data", data, "must name at least one file")
                .that(epochs >= 1, "epochs", epochs, "must be at least 1")
                .atLeastOne("max_steps", maxSteps)
                .overLora(lora, precision)
                .that(completionsPerStep >= 0, "completions_per_step", completionsPerStep, "must be at least 0");
        if (batch != null && loss != null && batch.microBatchTokens().isPresent()) {
            rules.that(
                    loss.aggregation() != Aggregation.MICRO_MEAN,
                    "batch.micro_batch_tokens",
                    batch.microBatchTokens().get(),
                    "must be null where loss.aggregation is micro-mean, whose result hangs on the cut");
        }
        rules.check();
        data = data == null ? null : List.copyOf(data);
    }
}
