package thinkj.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.io.LineLog;

/**
 * {@code samples/completions.jsonl}: some answers of every step, with what they earned, and the greedy answers to the first few prompts of
 * the validation at each of its times ({@code validation: true}), so that one can see how a model's answer to a prompt changes.
 */
final class Completions implements AutoCloseable {
    private final LineLog log;
    private final int perStep;
    private final int perValidation;

    Completions(Path file, int perStep, int perValidation) {
        this.log = LineLog.open(file);
        this.perStep = perStep;
        this.perValidation = perValidation;
    }

    void writeValidation(int step, List<Answer> answers, List<RewardRunner.Outcome> outcomes) {
        for (int i = 0; i < Math.min(perValidation, answers.size()); i++) {
            Map<String, Object> line = said(step, answers.get(i));
            line.put("validation", true);
            line.put("score", outcomes.get(i).score());
            line.put("truncated", answers.get(i).truncated());
            putFailure(line, outcomes.get(i));
            log.append(line);
        }
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
        putFailure(line, paid.outcomes().get(i));
        return line;
    }

    private static void putFailure(Map<String, Object> line, RewardRunner.Outcome outcome) {
        if (outcome.failed()) {
            line.put("reward_failure", outcome.failure());
        }
    }

    @Override
    public void close() {
        log.close();
    }
}
