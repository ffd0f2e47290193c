package thinkj.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.DpoConfig;
import thinkj.config.LoraSettings;
import thinkj.config.PrecisionSetting;
import thinkj.config.SftConfig;
import thinkj.data.PairSequences;
import thinkj.data.TrainingSequence;
import thinkj.kernels.Precision;

/**
 * What a run over given examples will do, derived from its settings and its data before anything is computed.
 *
 * @param examples what an example is, in the plural: sequences, or pairs of them
 * @param count examples an epoch goes through
 * @param labelled tokens of an epoch that are learnt
 * @param lengths of all sequences
 * @param tokens of each example
 * @param batchSize examples of an optimiser step
 * @param stepsPerEpoch optimiser steps; the last one of an epoch takes what is left
 * @param totalSteps optimiser steps of the whole run
 */
record ExamplePlan(
        String examples,
        int count,
        long labelled,
        Lengths lengths,
        int[] tokens,
        int batchSize,
        int stepsPerEpoch,
        int totalSteps,
        LearningRateSchedule schedule,
        Workload work,
        Workload.Cut cut) {

    /** Shorter sequences than of so many tokens are not worth proposing. */
    private static final int SHORT = 256;

    static ExamplePlan of(SftConfig config, List<TrainingSequence> data) {
        StepWindows windows = SftLoop.windows(config, SftBatch.lengths(data));
        int steps = config.maxSteps().orElseGet(() -> Math.multiplyExact(config.epochs(), windows.stepsPerEpoch()));
        LearningRateSchedule schedule = LearningRateSchedule.of(config.optimizer(), steps);
        Workload.Cut cut = new Workload.Cut(config.microBatchSize(), config.microBatchTokens());
        return of("sequences", data, Stream::of, config.cutoffLen(), windows, schedule, cut);
    }

    static ExamplePlan of(DpoConfig config, List<PairSequences> data) {
        StepWindows windows = DpoLoop.windows(
                config, data.stream().mapToInt(pair -> pair.chosen().length() + pair.rejected().length()).toArray());
        LearningRateSchedule schedule = LearningRateSchedule.of(config.optimizer(), DpoLoop.steps(config, windows));
        Workload.Cut cut = new Workload.Cut(config.microBatchSize(), config.microBatchTokens());
        return of("pairs", data, pair -> Stream.of(pair.chosen(), pair.rejected()), config.cutoffLen(), windows, schedule, cut);
    }

    /** @param cutoff counts longer sequences as cut, so that a plan can be made for a lower limit than the one they were encoded with */
    private static <E> ExamplePlan of(
            String name,
            List<E> data,
            Function<E, Stream<TrainingSequence>> sequences,
            int cutoff,
            StepWindows windows,
            LearningRateSchedule schedule,
            Workload.Cut cut) {
        int[] tokens = data.stream().mapToInt(e -> sequences.apply(e).mapToInt(s -> Math.min(cutoff, s.length())).sum()).toArray();
        int[] labelled = data.stream().mapToInt(e -> sequences.apply(e).mapToInt(s -> Math.min(cutoff, s.labelled())).sum()).toArray();
        return new ExamplePlan(
                name,
                data.size(),
                Arrays.stream(labelled).asLongStream().sum(),
                Lengths.of(data.stream().flatMap(sequences).mapToInt(TrainingSequence::length).toArray()),
                tokens,
                Math.min(windows.batchSize(), data.size()),
                windows.stepsPerEpoch(),
                schedule.totalSteps(),
                schedule,
                Workload.of(windows, schedule.totalSteps(), tokens, labelled, cut),
                cut);
    }

    /** Micro-batches that are computed at the same time. */
    int lanes(Qwen2Config model) {
        return MicroBatchLanes.of(model, work.mostInStep());
    }

    TrainingMemory memory(Qwen2Config model, Precision precision, Optional<LoraSettings> lora) {
        return TrainingMemory.of(model, precision, lora, work.mostTokens(), work.mostLabelled(), lanes(model));
    }

    /** Settings that a run over examples could do with less of, as {@link Fitting} tries them. */
    List<Fitting.Knob> knobs(PrecisionSetting precision, Optional<LoraSettings> lora, int cutoff) {
        long longest = lengths.longest();
        List<Fitting.Knob> knobs = new ArrayList<>(List.of(
                new Fitting.Knob("activation_checkpointing", List.of("auto", "layers")),
                new Fitting.Knob("micro_batch_size", Fitting.halves(cut.microBatchSize(), 1)),
                new Fitting.Knob("micro_batch_tokens", Fitting.halves(2 * Long.highestOneBit(work.mostTokens() - 1), longest)),
                new Fitting.Knob("precision", List.of(precision == PrecisionSetting.FP32 ? "bf16" : "fp32")),
                new Fitting.Knob("cutoff_len", Fitting.halves(Math.min(cutoff, 2 * Long.highestOneBit(longest - 1)), Math.min(longest, SHORT)))));
        knobs.addAll(TrainedModel.knobs(lora));
        return knobs;
    }

    /**
     * Takes the parts of a step: the largest micro-batch of the run, which takes the most memory, those of the first step that are computed
     * at the same time, an optimiser step.
     *
     * @param learn adds up the gradients of some examples
     */
    Estimate rehearse(Qwen2Config model, Updater updater, Consumer<int[]> learn) {
        Estimate estimate = new Estimate();
        double seconds = Estimate.once(() -> learn.accept(work.largest()));
        long passed = work.mostTokens();
        if (seconds < Estimate.LONG_PASS) {
            int[] beginning = work.beginning(lanes(model));
            passed = Workload.sum(tokens, beginning);
            seconds = Estimate.seconds(() -> {
                updater.gradients().clear();
                learn.accept(beginning);
            });
        }
        estimate.measured("a pass", "%,d tokens forward and backward: %s", passed, Estimate.shown(seconds));
        double optimiser = Estimate.seconds(updater::apply);
        estimate.measured("an update", "%s", Estimate.shown(optimiser));
        return estimate.learning(work.tokens(), passed / seconds).times("updates", totalSteps, optimiser);
    }

    /** The rows that are printed before a run starts. */
    String table() {
        return new PlanText()
                .row("data", "%,d %s, %,d tokens, %,d of them learnt", count, examples, lengths.total(), labelled)
                .row("lengths", "%s", lengths.summary())
                .rows(work.table(examples, batchSize, cut))
                .row("steps", "%,d an epoch, %,d in all (%.2f epochs), %,d of them warm-up",
                        stepsPerEpoch, totalSteps, (double) totalSteps / stepsPerEpoch, schedule.warmupSteps())
                .row("learning rate", "up to %s, %s", schedule.peak(), schedule.kind().name().toLowerCase(Locale.ROOT))
                .toString();
    }
}
