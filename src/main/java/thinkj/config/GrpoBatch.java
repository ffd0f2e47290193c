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
 * @param maxNumGenBatches above 1, groups whose answers all earned the same are replaced by groups of further prompts; a step asks at
 *     most so many times {@code trainBatchSize} prompts. At 1 every group is learnt from as it is
 */
public record GrpoBatch(
        int trainBatchSize,
        int n,
        int miniBatchSize,
        int microBatchSize,
        Optional<Integer> microBatchTokens,
        int ppoEpochs,
        int maxNumGenBatches) {

    public GrpoBatch {
        Rules rules = new Rules()
                .that(trainBatchSize >= 1, "train_batch_size", trainBatchSize, "must be at least 1")
                .that(n >= 1, "n", n, "must be at least 1")
                .that(miniBatchSize >= 1, "mini_batch_size", miniBatchSize, "must be at least 1")
                .that(microBatchSize >= 1, "micro_batch_size", microBatchSize, "must be at least 1")
                .atLeastOne("micro_batch_tokens", microBatchTokens)
                .that(ppoEpochs >= 1, "ppo_epochs", ppoEpochs, "must be at least 1")
                .that(maxNumGenBatches >= 1, "max_num_gen_batches", maxNumGenBatches, "must be at least 1, which is off")
                .that(maxNumGenBatches <= 1 || n > 1, "max_num_gen_batches", maxNumGenBatches, "must be 1 where n is 1: one answer is no group");
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

    /** Whether groups without signal are replaced by others. */
    public boolean replacesGroups() {
        return maxNumGenBatches > 1;
    }

    /** Most prompts asked in a step. */
    public int mostPrompts() {
        return Math.multiplyExact(trainBatchSize, maxNumGenBatches);
    }

    /** Optimizer steps in a step. */
    public int optimizerSteps() {
        return trainBatchSize / miniBatchSize * ppoEpochs;
    }
}
