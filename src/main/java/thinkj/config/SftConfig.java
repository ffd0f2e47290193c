package thinkj.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Supervised fine-tuning of a judge or a critic.
 *
 * <p>The one unit is the sequence: {@code batchSize} sequences make an optimiser step. Micro-batches only say how many of them are held
 * in memory at once; since the loss is normalised by all of a step's tokens, they change nothing else.
 *
 * @param model the checkpoint to start from
 * @param data files of examples ({@code system, instruction, input, output})
 * @param output the run's folder, which must not hold a run yet
 * @param cutoffLen most tokens of a sequence
 * @param truncation what becomes of longer ones
 * @param prompts folder of prompts that the data was made with, so that {@code middle} finds the responses; null for the built-in ones
 * @param epochs passes over the data
 * @param maxSteps takes the place of {@code epochs} when given
 * @param batchSize sequences an optimiser step learns from
 * @param microBatchSize most sequences computed at once
 * @param microBatchTokens most tokens computed at once; null for no limit of its own
 * @param seed of the order of the examples
 * @param shuffle false: every epoch goes through the data as it stands
 * @param groupByLength whether a shuffled epoch brings sequences of about the same length together; where {@code microBatchTokens} packs,
 *     lengths that differ fill the portions better
 * @param precision what matrix products take
 * @param kernels whose kernels compute
 * @param activationCheckpointing what is computed a second time to save memory
 * @param lora what is trained in the place of all weights; empty to train them
 * @param loggingSteps a line of metrics after every so many steps
 * @param samplesShown how many training examples are written down, decoded, with the mask shown
 * @param followedPrompts prompts whose answers are shown again and again
 * @param evalData examples to measure the loss on; null for none
 * @param evalSteps every so many steps, and at the end
 */
public record SftConfig(
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
        OptimizerSettings optimizer,
        int loggingSteps,
        int samplesShown,
        FollowedSettings followedPrompts,
        Optional<Path> evalData,
        int evalSteps,
        CheckpointSettings checkpoints) {

    public SftConfig {
        new Rules()
                .overExamples(data, cutoffLen, epochs, maxSteps, batchSize, microBatchSize, microBatchTokens)
                .overLora(lora, precision)
                .that(shuffle || !groupByLength, "group_by_length", groupByLength, "must be false where shuffle is false")
                .that(loggingSteps >= 1, "logging_steps", loggingSteps, "must be at least 1")
                .that(samplesShown >= 0, "samples_shown", samplesShown, "must be at least 0")
                .that(evalSteps >= 1, "eval_steps", evalSteps, "must be at least 1")
                .check();
        data = data == null ? null : List.copyOf(data);
    }
}
