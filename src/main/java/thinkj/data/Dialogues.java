package thinkj.data;

import java.util.List;
import java.util.Objects;
import thinkj.tokenizer.Message;

/** Two dialogues that differ in their last answer, as one question with two responses. */
final class Dialogues {
    private static final String ASSISTANT = "assistant";

    private Dialogues() {}

    /** The shared history becomes the instruction, the last answers the responses; odd pairs are left out by reason. */
    static Reading compare(List<Message> chosen, List<Message> rejected) {
        if (!endsWithAnswer(chosen) || !endsWithAnswer(rejected)) {
            return Reading.dropped("a dialogue does not end with an answer");
        }
        List<Message> history = chosen.subList(0, chosen.size() - 1);
        if (!history.equals(rejected.subList(0, rejected.size() - 1))) {
            return Reading.dropped("the histories differ before the last answer");
        }
        if (history.stream().noneMatch(message -> message.role().equals("user"))) {
            return Reading.dropped("nothing is asked before the answer");
        }
        String instruction = text(history);
        String better = last(chosen).content();
        String worse = last(rejected).content();
        return compare(JudgeRows.hash(instruction, better, worse), instruction, better, worse);
    }

    /** A question with a better and a worse response, in this order. */
    static Reading compare(String id, String instruction, String better, String worse) {
        if (instruction.isBlank()) {
            return Reading.dropped("empty instruction");
        }
        if (better.isBlank() || worse.isBlank()) {
            return Reading.dropped("empty answer");
        }
        if (better.equals(worse)) {
            return Reading.dropped("identical answers");
        }
        return Reading.kept(new JudgeExample(id, instruction, better, worse, 1, null));
    }

    /** A single question as it is, a longer history with the name of the speaker before each turn. */
    static String text(List<Message> history) {
        if (history.size() == 1) {
            return history.get(0).content();
        }
        return String.join("\n\n", history.stream().map(message -> speaker(message.role()) + ": " + message.content()).toList());
    }

    private static String speaker(String role) {
        return role.isEmpty() ? "User" : Character.toUpperCase(role.charAt(0)) + role.substring(1);
    }

    private static boolean endsWithAnswer(List<Message> dialogue) {
        return !dialogue.isEmpty() && Objects.equals(last(dialogue).role(), ASSISTANT);
    }

    private static Message last(List<Message> dialogue) {
        return dialogue.get(dialogue.size() - 1);
    }
}
