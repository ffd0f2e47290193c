package thinkj.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Direct preference optimisation of a judge.
 *
 * <p>The one unit is the pair: {@code batchSize} pairs make an optimiser step, and the loss is the mean over them. Micro-batches only say
 * how many of them are held in memory at once.
 *
 * @param model the checkpoint to start from, which frozen is the reference too
 * @param data files of pairs ({@code system, instruction, chosen, rejected})
 * @param output the run's folder, which must not hold a run yet; the reference's log-probabilities are kept beside it
 * @param cutoffLen most tokens of a sequence, prompt and answer
 * @param truncation what becomes of pairs with a longer one
 * @param prompts folder of prompts that the pairs were made with, so that {@code middle} finds the responses; empty for the built-in ones
 * @param epochs passes over the data
 * @param maxSteps takes the place of {@code epochs} when given
 * @param batchSize pairs an optimiser step learns from
 * @param microBatchSize most pairs computed at once
 * @param microBatchTokens most tokens computed at once; empty for no limit of its own
 * @param seed of the order of the pairs
 * @param shuffle false: every epoch goes through the data as it stands
 * @param groupByLength whether a shuffled epoch brings pairs of about the same length together; where {@code microBatchTokens} packs,
 *     lengths that differ fill the portions better
 * @param precision what matrix products take
 * @param kernels whose kernels compute
 * @param activationCheckpointing what is computed a second time to save memory
 * @param lora what is trained in the place of all weights; empty to train them
 * @param beta how strongly the judge is held to the reference
 * @param ftx weight of imitating the chosen answer
 * @param labelSmoothing share of pairs taken to be labelled the wrong way round
 * @param samplesShown how many pairs are written down, decoded, with the mask shown
 * @param followedPrompts prompts whose answers are shown again and again
 */
public record DpoConfig(
        Path model,
        List<Path> data,
        Path output,
        int cutoffLen,
        Truncation truncation,
        Optional<Path> prompts,
        int epochs,
        Optional<Integer> maxSteps,
        int batchSize,
        int microBatchSize,
        Optional<Integer> microBatchTokens,
        long seed,
        boolean shuffle,
        boolean groupByLength,
        PrecisionSetting precision,
        KernelsSetting kernels,
        ActivationCheckpointing activationCheckpointing,
        Optional<LoraSettings> lora,
        double beta,
        double ftx,
        double labelSmoothing,
        OptimizerSettings optimizer,
        int samplesShown,
        FollowedSettings followedPrompts,
        CheckpointSettings checkpoints) {

    public DpoConfig {
        new Rules()
                .overExamples(data, cutoffLen, epochs, maxSteps, batchSize, microBatchSize, microBatchTokens)
                .overLora(lora, precision)
                .that(shuffle || !groupByLength, "group_by_length", groupByLength, "must be false where shuffle is false")
                .that(beta > 0 && Double.isFinite(beta), "beta", beta, "must be greater than 0")
                .that(ftx >= 0 && Double.isFinite(ftx), "ftx", ftx, "must be at least 0")
                .that(labelSmoothing >= 0 && labelSmoothing < 0.5, "label_smoothing", labelSmoothing, "must be at least 0 and below 0.5")
                .that(samplesShown >= 0, "samples_shown", samplesShown, "must be at least 0")
                .check();
        data = data == null ? null : List.copyOf(data);
    }
}
