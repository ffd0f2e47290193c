package thinkj.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import thinkj.data.JudgeExample;
import thinkj.data.Judged;
import thinkj.io.UserError;
import thinkj.judge.Verdict;
import thinkj.judge.VerdictParser;

/**
 * Asks a judge, or a critic who is told the verdict, about rows with a known better response. A run with files can be stopped and goes
 * on where it was; see {@link JudgingRun}.
 */
public final class Inference {

    /** Who is asked. */
    public enum Role {
        /** Decides on its own. */
        JUDGE,
        /** Is told the right verdict and argues for it. */
        CRITIC_TOLD_RIGHT,
        /** Is told the wrong verdict and argues for that. */
        CRITIC_TOLD_WRONG
    }

    /**
     * What came out.
     *
     * @param judged in the order of the rows
     * @param dropped rows left out as too long
     * @param shortened rows with a response cut in the middle
     * @param cutOff answers that reached the most new tokens
     */
    public record Result(List<Judged> judged, int dropped, int shortened, int cutOff) {

        /** Rows whose verdict is the right one. */
        public long right() {
            return judged.stream().filter(Judged::right).count();
        }

        /** Answers without a verdict. */
        public long unparsed() {
            return judged.stream().filter(row -> row.judgement() == 0).count();
        }
    }

    private final Role role;
    private final Wording wording;
    private final TooLong tooLong;

    public Inference(Role role, Wording wording, TooLong tooLong) {
        this.role = role;
        this.wording = wording;
        this.tooLong = tooLong;
    }

    /**
     * Asks about every row, or about those that an earlier start left open.
     *
     * @param rows at least one, ids unique
     * @param files where the run keeps its things
     * @param output writes the result file
     */
    public Result run(List<JudgeExample> rows, Respondent respondent, RunFiles files, Consumer<List<Judged>> output) {
        Questionnaire questions = questions(rows, respondent);
        JudgingRun run = JudgingRun.open(files, settings(questions, respondent));
        if (run.finished()) {
            throw new UserError(files.outputs().get(0) + ": is finished, there is nothing left to ask; delete it and "
                    + files.manifest() + " to ask again");
        }
        Result result = result(rows, questions, run.answers(questions.prompts(), respondent, task()));
        output.accept(result.judged());
        run.finish(questions.names());
        return result;
    }

    /** Asks about every row and keeps nothing: for results that go straight on. */
    public Result run(List<JudgeExample> rows, Respondent respondent) {
        Questionnaire questions = questions(rows, respondent);
        Answer[] answers = new Answer[questions.prompts().size()];
        respondent.generate(questions.prompts(), (position, answer, seconds) -> answers[position] = answer);
        return result(rows, questions, List.of(answers));
    }

    private Questionnaire questions(List<JudgeExample> rows, Respondent respondent) {
        Questionnaire questions = Questionnaire.of(
                rows.stream().map(row -> List.of(question(row))).toList(), respondent.encoding(), tooLong);
        if (questions.prompts().isEmpty()) {
            throw new UserError("no row is left to judge: all " + rows.size() + " are too long for the model's context");
        }
        return questions;
    }

    private Question question(JudgeExample row) {
        return switch (role) {
            case JUDGE -> wording.judge(row.id(), row.instruction(), row.response1(), row.response2());
            case CRITIC_TOLD_RIGHT -> wording.critic(row.id(), row, true);
            case CRITIC_TOLD_WRONG -> wording.critic(row.id(), row, false);
        };
    }

    private Result result(List<JudgeExample> rows, Questionnaire questions, List<Answer> answers) {
        VerdictParser parser = wording.parser();
        List<Judged> judged = new ArrayList<>();
        int cutOff = 0;
        for (int i = 0; i < answers.size(); i++) {
            Verdict verdict = parser.parse(answers.get(i).text());
            judged.add(new Judged(rows.get(questions.kept().get(i)), verdict.better(), verdict.strength(), verdict.text()));
            cutOff += answers.get(i).finishReason().equals("length") ? 1 : 0;
        }
        return new Result(judged, rows.size() - judged.size(), questions.shortened(), cutOff);
    }

    private Map<String, Object> settings(Questionnaire questions, Respondent respondent) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("command", task());
        settings.put("rows", questions.kept().size());
        settings.putAll(wording.settings());
        settings.putAll(respondent.settings());
        settings.put("questions_sha256", questions.fingerprint());
        return settings;
    }

    private String task() {
        return role.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
