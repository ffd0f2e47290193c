package thinkj.bench;

import java.util.Locale;

/** What a step does. */
public enum Task {
    /** Forward and backward with the gradients of every parameter; every token of a sequence but the first is a target. */
    TRAIN,

    /** Forward with the log-probabilities of every token of a sequence but the first. */
    SCORE,

    /** Forward of whole prompts into an empty KV cache, with the logits behind the last token of each. */
    PREFILL;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
