package thinkj.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import thinkj.data.ExampleFiles;
import thinkj.data.Examples;
import thinkj.data.JudgeExample;
import thinkj.data.Judged;
import thinkj.evaluate.Inference;
import thinkj.evaluate.ModelRespondent;
import thinkj.evaluate.RunFiles;
import thinkj.io.Streams;
import thinkj.io.UserError;

/** What {@code judge} and {@code critic} have in common. */
final class InferenceOptions {

    @Mixin
    private JudgingOptions judging;

    @Option(names = "--input", required = true, paramLabel = "FILE",
            description = "Rows with instruction, response1, response2 and better (1 or 2), strength and id where known; "
                    + "- for standard input.")
    private String input;

    @Option(names = "--output", required = true, paramLabel = "FILE",
            description = "Judged rows as JSON Lines, in the order of the input; - for standard output, which cannot be continued "
                    + "after a stop.")
    private String output;

    @Option(names = "--limit", defaultValue = "0", paramLabel = "N", description = "Only the first N rows.")
    private int limit;

    /** Asks, writes the file and says on {@code err} what came out. */
    void run(Inference.Role role, PrintWriter err) {
        ExampleFiles.checkName(output, false);
        Streams.requireApart(output, List.of(input));
        List<JudgeExample> rows = rows();
        Inference inference = new Inference(role, judging.wording(), judging.tooLong);
        try (ModelRespondent respondent = judging.open()) {
            err.println(summary(ask(inference, rows, respondent)));
            err.flush();
        }
    }

    private Inference.Result ask(Inference inference, List<JudgeExample> rows, ModelRespondent respondent) {
        if (Streams.isStandard(output)) {
            Inference.Result result = inference.run(rows, respondent);
            write(result.judged());
            return result;
        }
        return inference.run(rows, respondent, RunFiles.beside(Path.of(output)), this::write);
    }

    private List<JudgeExample> rows() {
        if (limit < 0) {
            throw new UserError("limit: " + limit + ", must be at least 1, or left out for all");
        }
        List<JudgeExample> rows = Examples.judge(input);
        return limit == 0 || limit > rows.size() ? rows : rows.subList(0, limit);
    }

    private void write(List<Judged> judged) {
        ExampleFiles.writeJudged(output, judged);
    }

    private static String summary(Inference.Result result) {
        StringBuilder words = new StringBuilder();
        int asked = result.judged().size();
        words.append(asked).append(" rows: ").append(result.right()).append(" right, ")
                .append(asked - result.right() - result.unparsed()).append(" wrong, ")
                .append(result.unparsed()).append(" without a verdict");
        count(words, result.cutOff(), "cut off at the most new tokens");
        count(words, result.dropped(), "left out as too long");
        count(words, result.shortened(), "with shortened responses");
        return words.toString();
    }

    private static void count(StringBuilder words, int count, String what) {
        if (count > 0) {
            words.append("; ").append(count).append(' ').append(what);
        }
    }
}
