package thinkj.data;

import java.util.Arrays;
import java.util.List;
import thinkj.config.Truncation;
import thinkj.tokenizer.Message;

/** Preference pairs in tokens: both answers follow the same prompt, which is cut, if it must be, to suit the longer one. */
public final class PairEncoder {
    private final ChatEncoder chat;
    private final int limit;
    private final Truncation policy;
    private final CutRegions regions;

    /**
     * @param limit most tokens of prompt and either answer together
     * @param regions what {@link Truncation#MIDDLE} may cut
     */
    public PairEncoder(ChatEncoder chat, int limit, Truncation policy, CutRegions regions) {
        this.chat = chat;
        this.limit = limit;
        this.policy = policy;
        this.regions = regions;
    }

    /** All pairs; {@link Truncation#ERROR} reports every one that is too long. */
    public Encoded<PairSequences> encode(List<PreferencePair> pairs) {
        LengthLimit<PairSequences> rows = new LengthLimit<>(limit, policy);
        for (PreferencePair pair : pairs) {
            List<Message> messages = ChatEncoder.dialogue(pair.system(), pair.instruction());
            int[] prompt = chat.prompt(messages);
            int[] chosen = chat.answer(messages, pair.chosen());
            int[] rejected = chat.answer(messages, pair.rejected());
            int longer = Math.max(chosen.length, rejected.length);
            rows.add(prompt.length + longer, sequences(prompt, chosen, rejected),
                    policy -> policy == Truncation.ORIGINAL ? original(prompt, chosen, rejected) : middle(pair, chosen, rejected, longer));
        }
        return rows.done();
    }

    private PairSequences original(int[] prompt, int[] chosen, int[] rejected) {
        OriginalCut cut = OriginalCut.of(prompt.length, Math.max(chosen.length, rejected.length), limit);
        return sequences(Arrays.copyOf(prompt, cut.source()), head(chosen, cut.target()), head(rejected, cut.target()));
    }

    private PairSequences middle(PreferencePair pair, int[] chosen, int[] rejected, int longer) {
        int[] prompt = chat.shortened(pair.system(), pair.instruction(), regions, limit - longer);
        return prompt == null ? null : sequences(prompt, chosen, rejected);
    }

    private static int[] head(int[] ids, int length) {
        return Arrays.copyOf(ids, Math.min(ids.length, length));
    }

    private static PairSequences sequences(int[] prompt, int[] chosen, int[] rejected) {
        return new PairSequences(TrainingSequence.of(prompt, chosen), TrainingSequence.of(prompt, rejected));
    }
}
