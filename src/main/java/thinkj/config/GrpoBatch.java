package thinkj.config;

import java.util.Optional;

/**
 * How much is sampled and learnt from at a time. The unit is the prompt; only the micro-batch, which is a matter of memory, counts
 * sequences.
 *
 * @param trainBatchSize prompts asked in a step
 * @param n answers sampled for each prompt, the group
 * @param miniBatchSize prompts whose answers make one optimiser step; divides {@code trainBatchSize}
 * @param microBatchSize most sequences in one pass through the model; divides {@code miniBatchSize · n}
 * @param microBatchTokens most tokens in one pass, prompts included; empty for no limit
 * @param ppoEpochs times that a step's answers are learnt from
 */
public record GrpoBatch(
        int trainBatchSize, int n, int miniBatchSize, int microBatchSize, Optional<Integer> microBatchTokens, int ppoEpochs) {

    public GrpoBatch {
        Rules rules = new Rules()
                .that(trainBatchSize >= 1, "train_batch_size", trainBatchSize, "must be at least 1")
                .that(n >= 1, "n", n, "must be at least 1")
                .that(miniBatchSize >= 1, "mini_batch_size", miniBatchSize, "must be at least 1")
                .that(microBatchSize >= 1, "micro_batch_size", microBatchSize, "must be at least 1")
                .atLeastOne("micro_batch_tokens", microBatchTokens)
                .that(ppoEpochs >= 1, "ppo_epochs", ppoEpochs, "must be at least 1");
        divides(rules, "mini_batch_size", miniBatchSize, trainBatchSize, "train_batch_size = " + trainBatchSize);
        long sequences = (long) miniBatchSize * n;
        divides(rules, "micro_batch_size", microBatchSize, sequences, "mini_batch_size * n = " + miniBatchSize + " * " + n + " = " + sequences);
        rules.check();
    }

    private static void divides(Rules rules, String field, long value, long whole, String wholeName) {
        if (value >= 1 && whole >= 1) {
            rules.that(whole % value == 0, field, value, "must divide " + wholeName + "; " + Divisors.nearest(value, whole));
        }
    }

    /** Sequences sampled in a step. */
    public int sequences() {
        return trainBatchSize * n;
    }

    /** Optimizer steps in a step. */
    public int optimizerSteps() {
        return trainBatchSize / miniBatchSize * ppoEpochs;
    }

    /** The numbers that follow from the settings, a line each. */
    public String table() {
        int perUpdate = miniBatchSize * n;
        return String.format("""
                a step        %d prompts x %d answers = %d sequences
                an update     %d prompts x %d answers = %d sequences = %d micro-batches of %d%s
                updates       %d prompts / %d x %d epochs = %d optimiser steps a step
                """,
                trainBatchSize, n, sequences(),
                miniBatchSize, n, perUpdate, perUpdate / microBatchSize, microBatchSize,
                microBatchTokens.map(tokens -> " (more where they would hold over " + tokens + " tokens)").orElse(""),
                trainBatchSize, miniBatchSize, ppoEpochs, optimizerSteps());
    }
}
