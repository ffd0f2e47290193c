package thinkj.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.io.LineLog;

/**
 * {@code samples/completions.jsonl}: some answers of every step, with what they earned. Those to followed prompts are
 * {@link FollowedAnswers}'.
 */
final class Completions {
    private final LineLog log;
    private final int perStep;

    /** @param log stays the caller's */
    Completions(LineLog log, int perStep) {
        this.log = log;
        this.perStep = perStep;
    }

    /** Writes answers spread evenly over the step. */
    void write(int step, StepAnswers of) {
        List<Answer> answers = of.answers();
        int count = Math.min(perStep, answers.size());
        for (int k = 0; k < count; k++) {
            int i = (int) ((long) k * answers.size() / count);
            log.append(line(step, answers.get(i), of.paid(), i));
        }
    }

    private static Map<String, Object> said(int step, Answer answer) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step);
        line.put("data_source", answer.prompt().row().dataSource());
        line.put("index", answer.prompt().row().index());
        line.put("prompt", answer.prompt().text());
        line.put("completion", answer.text());
        line.put("ground_truth", answer.prompt().row().groundTruth());
        return line;
    }

    private static Map<String, Object> line(int step, Answer answer, PaidAnswers paid, int i) {
        Map<String, Object> line = said(step, answer);
        line.put("score", paid.scores()[i]);
        if (!paid.outcomes().get(i).components().isEmpty()) {
            line.put("components", paid.outcomes().get(i).components());
        }
        line.put("reward", paid.rewards()[i]);
        line.put("advantage", paid.advantages().values()[i]);
        line.put("truncated", answer.truncated());
        if (paid.outcomes().get(i).failed()) {
            line.put("reward_failure", paid.outcomes().get(i).failure());
        }
        return line;
    }
}
