package thinkj.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import thinkj.io.JsonLines.Row;
import thinkj.tokenizer.Message;

/**
 * NVIDIA's HelpSteer2 preferences. Rows without a preference are left out; the annotators' texts are not used. A prompt of several turns
 * is one text, with a line that names the speaker before every turn but the first.
 */
final class HelpSteer2 {
    private static final Pattern TURN = Pattern.compile("\n<extra_id_1>(User|Assistant)\n");

    private HelpSteer2() {}

    static Reading read(Row row) {
        int strength = RowFields.wholeNumber(row, "preference_strength");
        String prompt = instruction(row.text("prompt"));
        String response1 = row.text("response_1");
        String response2 = row.text("response_2");
        if (strength == 0) {
            return Reading.dropped(GenericSet.NO_PREFERENCE);
        }
        String id = JudgeRows.hash(prompt, response1, response2);
        return Reading.kept(new JudgeExample(id, prompt, response1, response2, strength < 0 ? 1 : 2, strength));
    }

    private static String instruction(String prompt) {
        List<Message> turns = new ArrayList<>();
        Matcher border = TURN.matcher(prompt);
        String role = "user";
        int from = 0;
        while (border.find()) {
            turns.add(new Message(role, prompt.substring(from, border.start())));
            role = border.group(1).toLowerCase(Locale.ROOT);
            from = border.end();
        }
        turns.add(new Message(role, prompt.substring(from)));
        return Dialogues.text(turns);
    }
}
