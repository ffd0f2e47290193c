package thinkj.config;

import java.nio.file.Path;

/**
 * Reinforcement of a judge by the group relative policy optimisation.
 *
 * @param model the checkpoint to start from, and what the KL term holds the judge to
 * @param data prompts and ground truths, Parquet as verl has it
 * @param output the run's folder
 * @param seed of the order of prompts and of every sample
 * @param epochs passes over the data
 * @param completionsPerStep answers written to {@code samples/completions.jsonl} in each step
 */
public record GrpoConfig(
        Path model,
        Path data,
        Path output,
        long seed,
        int epochs,
        GrpoBatch batch,
        RolloutSettings rollout,
        RewardSettings reward,
        GrpoLossSettings loss,
        OptimizerSettings optimizer,
        ValidationSettings validation,
        CheckpointSettings checkpoints,
        int completionsPerStep) {

    public GrpoConfig {
        Rules rules = new Rules()
                .that(epochs >= 1, "epochs", epochs, "must be at least 1")
                .that(completionsPerStep >= 0, "completions_per_step", completionsPerStep, "must be at least 0");
        if (batch != null && loss != null && batch.microBatchTokens().isPresent()) {
            rules.that(
                    loss.aggregation() != Aggregation.MICRO_MEAN,
                    "batch.micro_batch_tokens",
                    batch.microBatchTokens().get(),
                    "must be null where loss.aggregation is micro-mean, whose result hangs on the cut");
        }
        rules.check();
    }
}
