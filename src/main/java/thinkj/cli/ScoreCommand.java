package thinkj.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import thinkj.generate.InputRows;
import thinkj.generate.ModelFiles;
import thinkj.generate.Scorer;
import thinkj.io.Json;
import thinkj.io.JsonLines;
import thinkj.io.Progress;
import thinkj.model.Qwen2Model;

/** {@code thinkj score}: log-probabilities of given continuations. */
@Command(
        name = "score",
        description = {
            "Gives the log-probability of each token of given continuations.",
            "Input: JSON Lines with id, one of ids, prompt, and one of continuation_ids, continuation. Output: JSON Lines with id, "
                    + "logprobs (a value per continuation token), sum."
        })
public final class ScoreCommand implements Callable<Integer> {

    @Mixin
    private RowArguments rows;

    @Option(
            names = "--batch-tokens",
            paramLabel = "N",
            defaultValue = "2048",
            description = "Most tokens scored at once; a longer row is scored alone (default: ${DEFAULT-VALUE}).")
    private int batchTokens;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new ScoreCommand(), arguments);
    }

    @Override
    public Integer call() {
        Standard.requireAtLeastOne("--batch-tokens", batchTokens);
        rows.requireApart();
        try (ModelFiles files = ModelFiles.open(rows.model)) {
            List<InputRows.Continuation> given = files.rows().continuations(rows.input);
            List<Scorer.Request> requests = given.stream().map(InputRows.Continuation::request).toList();
            TokenRate rate = new TokenRate();
            try (JsonLines.Writer out = JsonLines.write(rows.output);
                    Qwen2Model weights = files.load();
                    Progress progress = Progress.start("score", given.size(), "rows")) {
                new Scorer(weights, batchTokens).score(requests, (position, logProbs) -> {
                    out.write(json(given.get(position), logProbs));
                    rate.add(requests.get(position).tokens());
                    progress.note(rate.toString());
                    progress.step();
                });
                out.commit();
            }
            PrintWriter err = spec.commandLine().getErr();
            err.println("scored " + rate.total() + " tokens, prompts included, of " + given.size() + " rows: " + rate);
            err.flush();
        }
        return 0;
    }

    private static ObjectNode json(InputRows.Continuation row, float[] logProbs) {
        double sum = 0;
        for (float logProb : logProbs) {
            sum += logProb;
        }
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.set("id", row.id());
        json.set("logprobs", Json.MAPPER.valueToTree(logProbs));
        json.put("sum", sum);
        return json;
    }
}
