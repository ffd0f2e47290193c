package thinkj.data;

import java.util.Arrays;

/**
 * Token ids and which of them are learnt.
 *
 * @param ids [T]
 * @param labels whether token t is a target, [T]; the prompt is false throughout
 */
public record TrainingSequence(int[] ids, boolean[] labels) {

    public TrainingSequence {
        if (ids.length != labels.length) {
            throw new IllegalArgumentException("labels: " + labels.length + " of them, must be one for each of the " + ids.length + " ids");
        }
    }

    /** A prompt and the answer that is learnt. */
    public static TrainingSequence of(int[] prompt, int[] answer) {
        int[] ids = new int[prompt.length + answer.length];
        boolean[] labels = new boolean[ids.length];
        System.arraycopy(prompt, 0, ids, 0, prompt.length);
        System.arraycopy(answer, 0, ids, prompt.length, answer.length);
        Arrays.fill(labels, prompt.length, ids.length, true);
        return new TrainingSequence(ids, labels);
    }

    public int length() {
        return ids.length;
    }

    /** Number of targets; a labelled first token counts, though nothing predicts it. */
    public int labelled() {
        int n = 0;
        for (boolean label : labels) {
            n += label ? 1 : 0;
        }
        return n;
    }
}
