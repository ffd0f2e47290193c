package thinkj.train;

import java.util.Arrays;
import java.util.Optional;
import thinkj.data.GrpoRow;
import thinkj.data.TrainingSequence;
import thinkj.tokenizer.Tokenizer;

/**
 * A prompt whose answers are followed through a run.
 *
 * @param ids the rendered prompt's tokens, up to the head of the assistant's turn
 * @param taught the answer that its data gives; empty where there is none
 * @param paid the row that a reward compares answers with; empty where there is none
 */
record Followed(int[] ids, Optional<String> taught, Optional<GrpoRow> paid) {

    static Followed of(int[] ids) {
        return new Followed(ids, Optional.empty(), Optional.empty());
    }

    static Followed of(GrpoPrompt prompt) {
        return new Followed(prompt.ids(), Optional.empty(), Optional.of(prompt.row()));
    }

    /** What is given and what is learnt. */
    static Followed of(TrainingSequence example, Tokenizer tokenizer) {
        int end = 0;
        while (end < example.length() && !example.labels()[end]) {
            end++;
        }
        String taught = tokenizer.decode(Arrays.copyOfRange(example.ids(), end, example.length()), false);
        return new Followed(Arrays.copyOf(example.ids(), end), Optional.of(taught), Optional.empty());
    }
}
