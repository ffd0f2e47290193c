package thinkj.data;

import java.util.ArrayList;
import java.util.List;
import thinkj.data.Preparation.Kept;
import thinkj.io.UserError;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;
import thinkj.judge.Traces;
import thinkj.judge.Verdict;
import thinkj.tokenizer.Message;

/** Judge examples as what the trainers take, in the wording of a prompt. Rows that cannot be used are counted in a report. */
public final class JudgeTask {
    private static final String ABILITY = "judge";
    private static final String STYLE = "rule";

    private final Prompts prompts;
    private final PromptKind kind;

    /** Supervised examples of the same rows for the judge and for the critic, who is told the verdict. */
    public record Taught(List<SftExample> judge, List<SftExample> critic) {}

    public JudgeTask(Prompts prompts, PromptKind kind) {
        if (kind == PromptKind.SCORE_SINGLE) {
            throw new UserError("prompt: score_single asks about one response at a time and gives no verdict on two; use score");
        }
        this.prompts = prompts;
        this.kind = kind;
    }

    /** What the judge is asked. */
    public String prompt(JudgeExample example) {
        return prompts.judge(kind, example.instruction(), example.response1(), example.response2());
    }

    /** The dialogue that asks the judge. */
    public List<Message> messages(JudgeExample example) {
        return List.of(new Message("user", prompt(example)));
    }

    /** Prompts to sample judgements for. The strength prompt pays by strength: rows without one, or with 0, could never pay. */
    public List<GrpoRow> grpo(List<Kept> rows, String dataSource, String split, PrepareReport report) {
        List<GrpoRow> out = new ArrayList<>();
        for (Kept row : rows) {
            JudgeExample example = row.example();
            if (kind == PromptKind.STRENGTH && (example.strength() == null || example.strength() == 0)) {
                report.drop("no strength, which the prompt 'strength' is paid by (the prompt 'cot' needs none)");
                continue;
            }
            int truth = kind == PromptKind.STRENGTH ? example.strength() : example.better();
            out.add(new GrpoRow(dataSource, messages(example), ABILITY, STYLE, Integer.toString(truth), split, out.size()));
        }
        return out;
    }

    /** Targets out of a teacher's answers: cleaned, and kept only where the verdict is the right one. */
    public Taught taught(List<Kept> rows, PrepareReport report) {
        Taught taught = new Taught(new ArrayList<>(), new ArrayList<>());
        for (Kept row : rows) {
            String reason = teach(row, taught);
            if (reason != null) {
                report.drop(reason);
            }
        }
        return taught;
    }

    /** Why the row teaches nothing; null if it was added. */
    private String teach(Kept row, Taught taught) {
        if (row.trace().isBlank()) {
            return "no trace";
        }
        JudgeExample example = row.example();
        Traces.Trace trace = Traces.clean(kind, row.trace());
        switch (trace.outcome()) {
            case NO_VERDICT:
                return "the trace does not end in a verdict";
            case NO_EXPLANATION:
                return "the trace explains nothing";
            default:
        }
        if (trace.verdict().better() != example.better()) {
            return "the trace's verdict is not the right one";
        }
        taught.judge().add(new SftExample("", prompt(example), "", trace.target()));
        taught.critic().add(new SftExample("", critic(example, trace.verdict()), "", trace.target()));
        return null;
    }

    /** The critic is told what the trace goes on to say, so that the strength told and the strength said agree. */
    private String critic(JudgeExample example, Verdict verdict) {
        return prompts.critic(kind, example.instruction(), example.response1(), example.response2(), verdict.better(), verdict.strength());
    }
}
