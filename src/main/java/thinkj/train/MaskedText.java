package thinkj.train;

import java.util.Arrays;
import thinkj.data.TrainingSequence;
import thinkj.tokenizer.Tokenizer;

/** A training example as the model sees it: decoded, special tokens and all, with brackets around what is learnt. */
public final class MaskedText {
    private static final String FROM = "⟦";
    private static final String TO = "⟧";

    private MaskedText() {}

    /** The text of a sequence; the stretches between ⟦ and ⟧ are labels, the rest is only read. */
    public static String show(TrainingSequence sequence, Tokenizer tokenizer) {
        StringBuilder text = new StringBuilder();
        int from = 0;
        while (from < sequence.length()) {
            boolean label = sequence.labels()[from];
            int to = from;
            while (to < sequence.length() && sequence.labels()[to] == label) {
                to++;
            }
            String part = tokenizer.decode(Arrays.copyOfRange(sequence.ids(), from, to), false);
            text.append(label ? FROM + part + TO : part);
            from = to;
        }
        return text.toString();
    }
}
