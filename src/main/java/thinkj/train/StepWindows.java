package thinkj.train;

import java.util.Arrays;

/**
 * Which examples each step takes: epoch after epoch in a new order, cut into windows. A function of its settings and the step alone, so
 * that any step can be asked for.
 *
 * @param count examples
 * @param batchSize examples of a step
 * @param wholeOnly true: what is left at the end of an epoch is left out of it; false: it makes a smaller window
 * @param shuffle false: every epoch goes through the examples as they stand
 */
record StepWindows(int count, int batchSize, boolean wholeOnly, boolean shuffle, long seed) {

    int stepsPerEpoch() {
        return wholeOnly ? count / batchSize : (count + batchSize - 1) / batchSize;
    }

    /** Indices of a step's examples; steps count from 1. */
    int[] at(int step) {
        int epoch = (step - 1) / stepsPerEpoch();
        int[] order = shuffle ? EpochOrder.shuffled(count, seed, epoch) : EpochOrder.straight(count);
        int from = (step - 1) % stepsPerEpoch() * batchSize;
        return Arrays.copyOfRange(order, from, Math.min(from + batchSize, count));
    }
}
