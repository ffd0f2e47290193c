package thinkj.evaluate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.evaluate.BenchmarkResult.Judgement;
import thinkj.io.Json;
import thinkj.io.JsonLines;
import thinkj.io.UserError;
import thinkj.judge.Verdict;
import thinkj.judge.VerdictParser;

/**
 * Asks a judge about every pair of a benchmark in both orders and writes what came out to a folder: {@code judgements.jsonl} (every
 * answer with its verdict), {@code result.json} (all statistics), for RewardBench {@code official.json} in the form of its leader board,
 * and {@code timings.jsonl}. {@code run.json} says what run the folder belongs to; see {@link JudgingRun}.
 */
public final class Evaluation {
    private static final String JUDGEMENTS = "judgements.jsonl";
    private static final String RESULT = "result.json";
    private static final String OFFICIAL = "official.json";

    private final Benchmark benchmark;
    private final Wording wording;
    private final TooLong tooLong;

    /** @param tooLong what becomes of pairs that the model's context does not hold */
    public Evaluation(Benchmark benchmark, Wording wording, TooLong tooLong) {
        this.benchmark = benchmark;
        this.wording = wording;
        this.tooLong = tooLong;
    }

    /**
     * Runs it, or what an earlier run in the same folder left to do.
     *
     * @param model how result files call the model
     * @return the content of {@code result.json}
     */
    public ObjectNode run(String model, Respondent respondent, Path folder) {
        Questionnaire questions = Questionnaire.of(
                benchmark.rows().stream().map(this::inBothOrders).toList(), respondent.encoding(), tooLong);
        if (questions.prompts().isEmpty()) {
            throw new UserError("no pair is left to judge: all " + benchmark.rows().size() + " are too long for the model's context");
        }
        JudgingRun run = JudgingRun.open(RunFiles.in(folder, List.of(JUDGEMENTS, RESULT, OFFICIAL)), settings(questions, respondent));
        if (!run.finished()) {
            List<Answer> answers = run.answers(questions.prompts(), respondent, "eval");
            write(folder, model, questions, answers);
            run.finish(questions.names());
        }
        return (ObjectNode) Json.read(folder.resolve(RESULT));
    }

    private List<Question> inBothOrders(BenchmarkRow row) {
        return List.of(
                wording.judge(row.id() + " forward", row.instruction(), row.better(), row.worse()),
                wording.judge(row.id() + " reversed", row.instruction(), row.worse(), row.better()));
    }

    private Map<String, Object> settings(Questionnaire questions, Respondent respondent) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("command", "eval");
        settings.put("benchmark", benchmark.name());
        settings.put("pairs", questions.kept().size());
        settings.putAll(wording.settings());
        settings.putAll(respondent.settings());
        settings.put("questions_sha256", questions.fingerprint());
        return settings;
    }

    private void write(Path folder, String model, Questionnaire questions, List<Answer> answers) {
        List<Judgement> judgements = judgements(questions, answers);
        try (JsonLines.Writer out = JsonLines.write(folder.resolve(JUDGEMENTS).toString())) {
            judgements.forEach(judgement -> out.write(judgement.json()));
            out.commit();
        }
        BenchmarkResult result = new BenchmarkResult(model, benchmark, wording, judgements);
        Json.write(folder.resolve(RESULT), result.json(benchmark.rows().size() - questions.kept().size(), questions.shortened()));
        if (result.official().isPresent()) {
            Json.write(folder.resolve(OFFICIAL), result.official().get());
        }
    }

    /** Answers come in twos, forward and reversed, as the questions were made. */
    private List<Judgement> judgements(Questionnaire questions, List<Answer> answers) {
        VerdictParser parser = wording.benchmarkParser();
        List<Judgement> judgements = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            BenchmarkRow row = benchmark.rows().get(questions.kept().get(i / 2));
            Answer answer = answers.get(i);
            Verdict verdict = parser.parse(answer.text());
            judgements.add(new Judgement(row, i % 2 == 0, verdict, answer, questions.prompts().get(i).length));
        }
        return judgements;
    }
}
