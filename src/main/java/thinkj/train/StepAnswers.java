package thinkj.train;

import java.util.List;
import java.util.Map;

/**
 * What a step learns from: answers, what they earned, and what hangs on the weights that gave them, so that it can be learnt from when
 * the weights have moved on.
 *
 * @param answers n to each prompt, those of a prompt together
 * @param paid what they earned
 * @param learnt which of them are learnt from
 * @param old log-probability of each token of these under the weights that they were sampled with, [learnt][token]
 * @param metrics what is known of them before anything is learnt
 */
record StepAnswers(List<Answer> answers, PaidAnswers paid, int[] learnt, float[][] old, Map<String, Double> metrics) {

    /** Tokens of prompts and answers. */
    long tokens() {
        return answers.stream().mapToLong(answer -> answer.prompt().ids().length + answer.ids().length).sum();
    }
}
