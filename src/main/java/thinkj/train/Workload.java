package thinkj.train;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * All that a run computes, counted micro-batch by micro-batch as it will cut them.
 *
 * @param steps optimiser steps of the run
 * @param examples seen in all of them, an example as often as it comes
 * @param tokens of these
 * @param microBatches in all of them
 * @param mostInStep micro-batches of the step that has most
 * @param mostTokens of a micro-batch
 * @param mostLabelled learnt tokens of a micro-batch
 * @param largest indices of the examples of the micro-batch that has most tokens
 * @param first the micro-batches of the first step
 */
record Workload(
        int steps, long examples, long tokens, long microBatches, int mostInStep, long mostTokens, long mostLabelled, int[] largest, List<int[]> first) {

    /** How examples become micro-batches. */
    record Cut(int microBatchSize, Optional<Integer> microBatchTokens) {}

    /**
     * @param windows the examples of each step
     * @param lengths tokens of every example
     * @param labelled of them, those that are learnt
     */
    static Workload of(StepWindows windows, int steps, int[] lengths, int[] labelled, Cut cut) {
        Counting counting = new Counting(lengths, labelled, cut);
        for (int epoch = 0; epoch * (long) windows.stepsPerEpoch() < steps; epoch++) {
            List<int[]> all = windows.epoch(epoch);
            all.subList(0, Math.min(all.size(), steps - epoch * windows.stepsPerEpoch())).forEach(counting::add);
        }
        return counting.done(steps, windows.at(1));
    }

    private static final class Counting {
        private final int[] lengths;
        private final int[] labelled;
        private final Cut cut;
        private long examples;
        private long tokens;
        private long microBatches;
        private int mostInStep;
        private long mostTokens;
        private long mostLabelled;
        private int[] largest;

        Counting(int[] lengths, int[] labelled, Cut cut) {
            this.lengths = lengths;
            this.labelled = labelled;
            this.cut = cut;
        }

        List<int[]> portions(int[] window) {
            return MicroBatches.cut(window, lengths, cut.microBatchSize, cut.microBatchTokens);
        }

        void add(int[] window) {
            List<int[]> portions = portions(window);
            examples += window.length;
            microBatches += portions.size();
            mostInStep = Math.max(mostInStep, portions.size());
            for (int[] portion : portions) {
                long length = sum(lengths, portion);
                tokens += length;
                mostLabelled = Math.max(mostLabelled, sum(labelled, portion));
                if (length > mostTokens) {
                    mostTokens = length;
                    largest = portion;
                }
            }
        }

        Workload done(int steps, int[] firstWindow) {
            return new Workload(
                    steps, examples, tokens, microBatches, mostInStep, mostTokens, mostLabelled, largest, portions(firstWindow));
        }
    }

    static long sum(int[] values, int[] which) {
        return IntStream.of(which).mapToLong(i -> values[i]).sum();
    }

    /** Rows of a plan: a step in numbers. */
    String table(String examplesName, int batchSize, Cut cut) {
        PlanText text = new PlanText()
                .row("a step", "%,d %s in %s; %,d tokens on average", batchSize, examplesName, cutInto(), tokens / steps)
                .row("a micro-batch", "at most %,d %s%s; the largest has %,d tokens", cut.microBatchSize, examplesName,
                        cut.microBatchTokens.map(most -> String.format(Locale.ROOT, " or %,d tokens", most)).orElse(""), mostTokens);
        cut.microBatchTokens.ifPresent(most -> text.row("packing", "%,d micro-batches in all, filled to %.0f %% of their %,d tokens",
                microBatches, 100.0 * tokens / microBatches / most, most));
        return text.toString();
    }

    private String cutInto() {
        boolean alike = microBatches == (long) steps * mostInStep;
        return mostInStep == 1 ? "1 micro-batch" : String.format(Locale.ROOT, "%s%,d micro-batches", alike ? "" : "at most ", mostInStep);
    }

    /** Examples of the first so many micro-batches of the run; cut again, they make about the same micro-batches. */
    int[] beginning(int most) {
        return first.stream().limit(most).flatMapToInt(IntStream::of).toArray();
    }
}
