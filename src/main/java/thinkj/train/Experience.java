package thinkj.train;

import thinkj.data.TrainingSequence;

/**
 * An answer that the policy learns from.
 *
 * @param name what messages call it
 * @param sequence prompt and answer; the answer is labelled
 * @param advantage of every token of the answer
 * @param old log-probability of each answer token before this step's updates
 * @param reference log-probability of each answer token under the start model; null where there is no KL term
 */
record Experience(String name, TrainingSequence sequence, double advantage, float[] old, float[] reference) {

    int answerLength() {
        return old.length;
    }
}
