package thinkj.data;

import java.util.Arrays;
import java.util.List;
import thinkj.config.Truncation;
import thinkj.tokenizer.Message;

/**
 * Supervised examples in tokens. Learnt are the answer and the end of its turn (for ChatML {@code <|im_end|>} and the last newline);
 * the prompt is not.
 */
public final class SftEncoder {
    private final ChatEncoder chat;
    private final int limit;
    private final Truncation policy;
    private final CutRegions regions;

    /**
     * @param limit most tokens of a row, prompt and answer together
     * @param regions what {@link Truncation#MIDDLE} may cut
     */
    public SftEncoder(ChatEncoder chat, int limit, Truncation policy, CutRegions regions) {
        this.chat = chat;
        this.limit = limit;
        this.policy = policy;
        this.regions = regions;
    }

    /** All examples; {@link Truncation#ERROR} reports every one that is too long. */
    public Encoded<TrainingSequence> encode(List<SftExample> examples) {
        LengthLimit<TrainingSequence> rows = new LengthLimit<>(limit, policy);
        for (SftExample example : examples) {
            List<Message> messages = ChatEncoder.dialogue(example.system(), example.userText());
            int[] prompt = chat.prompt(messages);
            int[] answer = chat.answer(messages, example.output());
            rows.add(prompt.length + answer.length, TrainingSequence.of(prompt, answer),
                    policy -> policy == Truncation.ORIGINAL ? original(prompt, answer) : middle(example, answer));
        }
        return rows.done();
    }

    private TrainingSequence original(int[] prompt, int[] answer) {
        OriginalCut cut = OriginalCut.of(prompt.length, answer.length, limit);
        return TrainingSequence.of(Arrays.copyOf(prompt, cut.source()), Arrays.copyOf(answer, cut.target()));
    }

    private TrainingSequence middle(SftExample example, int[] answer) {
        int[] prompt = chat.shortened(example.system(), example.userText(), regions, limit - answer.length);
        return prompt == null ? null : TrainingSequence.of(prompt, answer);
    }
}
