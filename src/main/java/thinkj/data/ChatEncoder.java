package thinkj.data;

import java.util.ArrayList;
import java.util.List;
import thinkj.data.CutRegions.Region;
import thinkj.io.UserError;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.Message;
import thinkj.tokenizer.Tokenizer;

/**
 * Dialogues in tokens, in the words of the checkpoint's own chat template. The answer is tokenised apart from the prompt, so that no
 * token spans the border between what is given and what is learnt; special tokens keep the turns of the prompt apart by themselves.
 */
public final class ChatEncoder {
    private final Tokenizer tokenizer;
    private final ChatTemplate template;

    public ChatEncoder(Tokenizer tokenizer, ChatTemplate template) {
        this.tokenizer = tokenizer;
        this.template = template;
    }

    /** Ids of a dialogue up to the head of the assistant's turn. */
    public int[] prompt(List<Message> messages) {
        return tokenizer.encode(template.render(messages, true));
    }

    /** Ids of an answer to a dialogue with the end of its turn: for ChatML the text, {@code <|im_end|>} and a newline. */
    int[] answer(List<Message> prompt, String answer) {
        List<Message> all = new ArrayList<>(prompt);
        all.add(new Message("assistant", answer));
        String head = template.render(prompt, true);
        String whole = template.render(all, false);
        if (!whole.startsWith(head)) {
            throw new UserError("the chat template cannot be trained with: a dialogue with an answer must begin with the prompt for it");
        }
        return tokenizer.encode(whole.substring(head.length()));
    }

    /** The messages before an answer. */
    public static List<Message> dialogue(String system, String user) {
        Message question = new Message("user", user);
        return system.isEmpty() ? List.of(question) : List.of(new Message("system", system), question);
    }

    /**
     * Ids of a prompt of at most {@code limit} tokens whose user's text has lost the middle of its regions, the longest first; null if
     * what must stay is longer than that.
     */
    int[] shortened(String system, String user, CutRegions regions, int limit) {
        String whole = template.render(dialogue(system, user), true);
        int at = position(whole, user, template.render(dialogue(system, ""), true));
        List<Region> named = regions.of(user);
        List<Region> cuttable = named.isEmpty() ? CutRegions.WHOLE.of(user) : named;
        List<int[]> pieces = new ArrayList<>();
        int from = 0;
        for (Region region : cuttable) {
            pieces.add(tokenizer.encode(whole.substring(from, at + region.start())));
            pieces.add(tokenizer.encode(whole.substring(at + region.start(), at + region.end())));
            from = at + region.end();
        }
        pieces.add(tokenizer.encode(whole.substring(from)));
        return MiddleCut.fit(pieces, limit);
    }

    /** Where the user's text stands in the rendered prompt: without it, the prompt is that of an empty text. */
    private static int position(String whole, String user, String empty) {
        for (int at = whole.lastIndexOf(user); at >= 0; at = whole.lastIndexOf(user, at - 1)) {
            if (empty.length() + user.length() == whole.length() && at <= empty.length() && whole.startsWith(empty.substring(0, at))
                    && whole.endsWith(empty.substring(at))) {
                return at;
            }
        }
        throw new UserError("the chat template changes the user's text, which therefore cannot be cut; choose another truncation");
    }
}
