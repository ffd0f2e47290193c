package thinkj.data;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import thinkj.io.JsonLines.Row;
import thinkj.tokenizer.Message;

/** Anthropic's HH-RLHF: whole dialogues as text, a turn beginning with two line ends and the speaker's name. */
final class HhRlhf {
    private static final Pattern TURN = Pattern.compile("\n\n(Human|Assistant):");

    private HhRlhf() {}

    static Reading read(Row row) {
        List<Message> chosen = turns(row.text("chosen"));
        List<Message> rejected = turns(row.text("rejected"));
        if (chosen == null || rejected == null) {
            return Reading.dropped("text before the first turn");
        }
        return Dialogues.compare(chosen, rejected);
    }

    /** The turns; null if the text does not begin with one. */
    private static List<Message> turns(String text) {
        List<Message> turns = new ArrayList<>();
        Matcher border = TURN.matcher(text);
        boolean more = border.find();
        if (!more || !text.substring(0, border.start()).isBlank()) {
            return null;
        }
        while (more) {
            String role = border.group(1).equals("Human") ? "user" : "assistant";
            int from = border.end();
            more = border.find();
            turns.add(new Message(role, text.substring(from, more ? border.start() : text.length()).strip()));
        }
        return turns;
    }
}
