package thinkj.train;

import thinkj.data.TrainingSequence;

/**
 * An answer that the policy gave.
 *
 * @param group which prompt of the step it answers
 * @param sample which of its prompt's answers it is, from 1
 * @param ids generated ids, the end token included
 * @param sampled log-probability of each id as the sampler saw it, at temperature 1
 * @param truncated whether it was cut off before it ended
 * @param text decoded, the end token included
 */
record Answer(GrpoPrompt prompt, int group, int sample, int[] ids, float[] sampled, boolean truncated, String text) {

    /** The same answer, counted to another group. */
    Answer inGroup(int other) {
        return new Answer(prompt, other, sample, ids, sampled, truncated, text);
    }

    /** What messages call it. */
    String name() {
        return name(prompt, sample);
    }

    static String name(GrpoPrompt prompt, int sample) {
        return prompt.place() + ", sample " + sample;
    }

    /** Prompt and answer; the answer is labelled. */
    TrainingSequence sequence() {
        return TrainingSequence.of(prompt.ids(), ids);
    }
}
