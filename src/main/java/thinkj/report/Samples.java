package thinkj.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.io.FileErrors;
import thinkj.io.JsonLines;

/**
 * Texts of a run's {@code samples/}.
 *
 * @param trainedOn what the model was taught, with its mask; empty in reinforcement runs, which sample what they learn from
 * @param followed chosen prompts with the answers of one model after the other
 * @param sampled other answers, newest first
 */
record Samples(List<Taught> trainedOn, List<Followed> followed, List<ObjectNode> sampled) {
    private static final String HEAD = "── ";
    private static final char LEARNT = '⟦';
    private static final char END_OF_LEARNT = '⟧';
    private static final int MOST_SAMPLED = 12;

    /** @param title how many tokens there are, and how many are learnt */
    record Taught(String title, List<Segment> segments) {}

    /** A stretch of a text, learnt or only read. */
    record Segment(String text, boolean learnt) {}

    /** @param answers lines of {@code completions.jsonl} with the same prompt, oldest first */
    record Followed(String prompt, List<ObjectNode> answers) {}

    static Samples read(Path folder) {
        List<ObjectNode> completions = completions(folder.resolve("completions.jsonl"));
        List<ObjectNode> sampled = new ArrayList<>();
        for (int i = completions.size() - 1; i >= 0 && sampled.size() < MOST_SAMPLED; i--) {
            if (!isFollowed(completions.get(i))) {
                sampled.add(completions.get(i));
            }
        }
        return new Samples(trainedOn(text(folder.resolve("trained-on.txt"))), followed(completions), sampled);
    }

    private static boolean isFollowed(ObjectNode completion) {
        return completion.has("followed");
    }

    private static List<Followed> followed(List<ObjectNode> completions) {
        Map<String, List<ObjectNode>> byPrompt = new LinkedHashMap<>();
        completions.stream()
                .filter(Samples::isFollowed)
                .forEach(one -> byPrompt.computeIfAbsent(one.path("prompt").asText(), prompt -> new ArrayList<>()).add(one));
        return byPrompt.entrySet().stream().map(entry -> new Followed(entry.getKey(), entry.getValue())).toList();
    }

    /** Whole lines alone: the last one may be under way. */
    private static List<ObjectNode> completions(Path file) {
        String text = text(file);
        List<ObjectNode> rows = new ArrayList<>();
        for (int start = 0, end; (end = text.indexOf('\n', start)) >= 0; start = end + 1) {
            rows.add(JsonLines.parse(file.toString(), text.substring(start, end)).json());
        }
        return rows;
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    private static List<Taught> trainedOn(String text) {
        List<Taught> blocks = new ArrayList<>();
        if (text.startsWith(HEAD)) {
            for (String block : text.substring(HEAD.length()).split("\n" + HEAD)) {
                int line = block.indexOf('\n');
                blocks.add(line < 0 ? new Taught(block, List.of()) : new Taught(block.substring(0, line), segments(block.substring(line + 1))));
            }
        }
        return blocks;
    }

    private static List<Segment> segments(String text) {
        List<Segment> segments = new ArrayList<>();
        boolean learnt = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char at = text.charAt(i);
            if (at == (learnt ? END_OF_LEARNT : LEARNT)) {
                segments.add(new Segment(text.substring(start, i), learnt));
                learnt = !learnt;
                start = i + 1;
            }
        }
        segments.add(new Segment(text.substring(start), learnt));
        return segments.stream().filter(segment -> !segment.text().isEmpty()).toList();
    }
}
