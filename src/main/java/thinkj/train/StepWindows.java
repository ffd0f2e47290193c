package thinkj.train;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which examples each step takes: epoch after epoch in a new order, cut into windows. A function of its settings and the step alone, so
 * that any step can be asked for.
 *
 * @param count examples
 * @param batchSize examples of a step
 * @param wholeOnly true: what is left at the end of an epoch is left out of it; false: it makes a smaller window
 * @param shuffle false: every epoch goes through the examples as they stand
 * @param grouped where given, lengths of the examples, by which a shuffled epoch brings those alike together
 */
record StepWindows(int count, int batchSize, boolean wholeOnly, boolean shuffle, long seed, Optional<int[]> grouped) {

    /** Examples in whatever order chance gives them. */
    StepWindows(int count, int batchSize, boolean wholeOnly, boolean shuffle, long seed) {
        this(count, batchSize, wholeOnly, shuffle, seed, Optional.empty());
    }

    int stepsPerEpoch() {
        return wholeOnly ? count / batchSize : (count + batchSize - 1) / batchSize;
    }

    /** Indices of a step's examples; steps count from 1. */
    int[] at(int step) {
        return window(order((step - 1) / stepsPerEpoch()), (step - 1) % stepsPerEpoch());
    }

    /** The windows of an epoch, which counts from 0. */
    List<int[]> epoch(int epoch) {
        int[] order = order(epoch);
        return IntStream.range(0, stepsPerEpoch()).mapToObj(i -> window(order, i)).toList();
    }

    private int[] order(int epoch) {
        if (!shuffle) {
            return EpochOrder.straight(count);
        }
        int[] order = EpochOrder.shuffled(count, seed, epoch);
        return grouped.map(lengths -> EpochOrder.grouped(order, lengths, batchSize)).orElse(order);
    }

    private int[] window(int[] order, int number) {
        int from = number * batchSize;
        return Arrays.copyOfRange(order, from, Math.min(from + batchSize, count));
    }

    /** A step's examples and then others in an order of the step's own, {@code most} in all or as many as there are. */
    int[] withOthers(int step, int most) {
        int[] window = at(step);
        Set<Integer> taken = Arrays.stream(window).boxed().collect(Collectors.toSet());
        // The complement of the seed: no epoch's order comes from it.
        IntStream others = Arrays.stream(EpochOrder.shuffled(count, ~seed, step)).filter(example -> !taken.contains(example));
        return IntStream.concat(Arrays.stream(window), others).limit(most).toArray();
    }
}
