package thinkj.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How the answer to one prompt changes from step to step, as the page's template shows it. */
final class FollowedPrompt {
    private static final int MOST_CHARACTERS = 6000;

    private FollowedPrompt() {}

    static Map<String, Object> model(Samples.Followed followed) {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("prompt", cut(followed.prompt()));
        ObjectNode last = followed.answers().get(followed.answers().size() - 1);
        model.put("wanted", cut(last.path("taught").asText("")));
        List<Map<String, Object>> answers = new ArrayList<>();
        for (ObjectNode line : followed.answers()) {
            Map<String, Object> answer = answer(line);
            Map<String, Object> before = answers.isEmpty() ? Map.of() : answers.get(answers.size() - 1);
            if (answer.get("text").equals(before.get("text"))) {
                before.put("until", answer.get("label"));
            } else {
                answers.add(answer);
            }
        }
        model.put("answers", answers);
        model.put("row", last.path("followed").asText());
        return model;
    }

    /** One answer, with what is known of it. */
    static Map<String, Object> answer(ObjectNode line) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("label", "step " + Ticks.count(line.path("step").asLong()));
        answer.put("until", "");
        answer.put("prompt", cut(line.path("prompt").asText()));
        answer.put("text", cut(line.path("completion").asText()));
        answer.put("as_taught", line.has("taught") && line.path("taught").asText().strip().equals(line.path("completion").asText().strip()));
        List<String> facts = new ArrayList<>();
        for (String name : List.of("score", "advantage")) {
            if (line.path(name).isNumber()) {
                facts.add(name + " " + Ticks.shown(line.path(name).doubleValue()));
            }
        }
        if (line.hasNonNull("ground_truth")) {
            facts.add("ground truth " + line.path("ground_truth").asText());
        }
        if (line.path("truncated").asBoolean()) {
            facts.add("cut off");
        }
        if (line.hasNonNull("reward_failure")) {
            facts.add("reward failed: " + line.path("reward_failure").asText());
        }
        answer.put("facts", String.join(" · ", facts));
        return answer;
    }

    private static String cut(String text) {
        return text.length() <= MOST_CHARACTERS
                ? text
                : text.substring(0, MOST_CHARACTERS) + " … and " + Ticks.count(text.length() - MOST_CHARACTERS) + " characters more";
    }
}
