package thinkj.train;

import java.util.List;
import java.util.Locale;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.SftConfig;
import thinkj.data.TrainingSequence;
import thinkj.kernels.Precision;

/**
 * What a supervised run will do, derived from its settings and its data before anything is computed.
 *
 * @param sequences examples an epoch goes through
 * @param tokens tokens of an epoch
 * @param labelled of them, those that are learnt
 * @param longest tokens of the longest sequence
 * @param stepsPerEpoch optimiser steps; the last one of an epoch takes what is left
 * @param totalSteps optimiser steps of the whole run
 * @param warmupSteps of them, those in which the learning rate rises
 */
record SftPlan(int sequences, long tokens, long labelled, int longest, int stepsPerEpoch, int totalSteps, int warmupSteps) {
    /** Format of a line of the plan: a name and a text. */
    static final String ROW = "  %-18s %s%n";

    static SftPlan of(SftConfig config, List<TrainingSequence> data) {
        int perEpoch = (data.size() + config.batchSize() - 1) / config.batchSize();
        int total = config.maxSteps().orElse(Math.multiplyExact(config.epochs(), perEpoch));
        return new SftPlan(
                data.size(),
                data.stream().mapToLong(TrainingSequence::length).sum(),
                data.stream().mapToLong(TrainingSequence::labelled).sum(),
                data.stream().mapToInt(TrainingSequence::length).max().orElse(0),
                perEpoch,
                total,
                schedule(config, total).warmupSteps());
    }

    private static LearningRateSchedule schedule(SftConfig config, int total) {
        return LearningRateSchedule.of(
                config.optimizer().schedule(), config.optimizer().learningRate(), config.optimizer().warmupRatio(), total, 0);
    }

    /** Most tokens in one pass through the model. */
    long tokensAtOnce(SftConfig config) {
        int most = Math.min(config.microBatchSize(), Math.min(config.batchSize(), sequences));
        return MicroBatches.mostTokens(most, longest, config.microBatchTokens());
    }

    TrainingMemory memory(SftConfig config, Qwen2Config model, Precision precision) {
        int microBatches = MicroBatches.most(Math.min(config.batchSize(), sequences), config.microBatchSize(), config.microBatchTokens());
        return TrainingMemory.of(model, precision, tokensAtOnce(config), MicroBatchLanes.of(model, microBatches));
    }

    /** The table that is printed before a run starts. */
    String table(SftConfig config) {
        StringBuilder table = new StringBuilder();
        row(table, "sequences", "%,d, %,d tokens, %,d of them learnt; the longest has %,d", sequences, tokens, labelled, longest);
        row(table, "an optimiser step", "%,d sequences, about %,d tokens", Math.min(config.batchSize(), sequences),
                tokens * Math.min(config.batchSize(), sequences) / sequences);
        row(table, "computed at once", "at most %,d sequences, %,d tokens", config.microBatchSize(), tokensAtOnce(config));
        row(table, "steps", "%,d an epoch, %,d in all (%.2f epochs), %,d of them warm-up", stepsPerEpoch, totalSteps,
                (double) totalSteps / stepsPerEpoch, warmupSteps);
        row(table, "learning rate", "up to %s, %s", config.optimizer().learningRate(),
                config.optimizer().schedule().name().toLowerCase(Locale.ROOT));
        return table.toString();
    }

    private static void row(StringBuilder table, String name, String format, Object... values) {
        table.append(String.format(ROW, name, String.format(Locale.ROOT, format, values)));
    }
}
