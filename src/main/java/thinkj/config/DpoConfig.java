package thinkj.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Direct preference optimisation of a judge.
 *
 * @param model the checkpoint to start from, frozen as the reference
 * @param data pairs: {@code system, instruction, chosen, rejected}
 * @param output the run's folder
 * @param seed of the order of pairs
 * @param epochs passes over the data
 * @param batchSize pairs in an optimizer step
 * @param microBatchSize most pairs in one pass through the model
 * @param microBatchTokens most tokens in one pass; empty for no limit
 * @param maxLength longest sequence in tokens, prompt and answer
 * @param beta how strongly the judge is held to the reference
 * @param ftx weight of imitating the chosen answer
 * @param labelSmoothing share of pairs taken to be labelled the wrong way round
 */
public record DpoConfig(
        Path model,
        Path data,
        Path output,
        long seed,
        int epochs,
        int batchSize,
        int microBatchSize,
        Optional<Integer> microBatchTokens,
        int maxLength,
        double beta,
        double ftx,
        double labelSmoothing,
        OptimizerSettings optimizer,
        CheckpointSettings checkpoints) {

    public DpoConfig {
        Rules rules = new Rules()
                .that(epochs >= 1, "epochs", epochs, "must be at least 1")
                .that(batchSize >= 1, "batch_size", batchSize, "must be at least 1")
                .that(microBatchSize >= 1, "micro_batch_size", microBatchSize, "must be at least 1")
                .that(maxLength >= 2, "max_length", maxLength, "must be at least 2")
                .that(beta > 0 && Double.isFinite(beta), "beta", beta, "must be greater than 0")
                .that(ftx >= 0 && Double.isFinite(ftx), "ftx", ftx, "must be at least 0")
                .that(labelSmoothing >= 0 && labelSmoothing < 0.5, "label_smoothing", labelSmoothing, "must be at least 0 and below 0.5");
        if (microBatchTokens != null && microBatchTokens.isPresent()) {
            rules.that(microBatchTokens.get() >= 1, "micro_batch_tokens", microBatchTokens.get(), "must be at least 1 or null");
        }
        rules.check();
    }
}
