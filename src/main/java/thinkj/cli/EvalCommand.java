package thinkj.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import thinkj.evaluate.Benchmark;
import thinkj.evaluate.Evaluation;
import thinkj.evaluate.ModelRespondent;
import thinkj.evaluate.PairsBenchmark;
import thinkj.evaluate.ResultTable;
import thinkj.evaluate.RewardBench;
import thinkj.evaluate.RewardBenchReader;
import thinkj.io.Json;
import thinkj.io.UserError;

/** {@code thinkj eval}: a judge on a benchmark, both orders. */
@Command(
        name = "eval",
        description = {
            "Asks a judge about every pair of a benchmark in both orders and counts.",
            "Answers are greedy. Writes judgements.jsonl, result.json, timings.jsonl and, for RewardBench, official.json to the output "
                    + "folder. A stopped run goes on where it was when the same command is given again."
        })
public final class EvalCommand implements Callable<Integer> {

    @Option(names = "--benchmark", required = true, paramLabel = "NAME",
            description = "rewardbench, or pairs: any file of questions with two responses, as `thinkj judge` takes it.")
    private String benchmark;

    @Option(names = "--data", required = true, paramLabel = "DIR|FILE", description = "Folder or file that holds the benchmark.")
    private Path data;

    @Mixin
    private JudgingOptions judging;

    @Option(names = "--output", paramLabel = "DIR", description = "Results. Default: runs/eval/BENCHMARK-MODEL.")
    private Path output;

    @Option(names = "--limit", defaultValue = "0", paramLabel = "N", description = "Only the first N pairs of each subset.")
    private int limit;

    @Option(names = "--json", description = "Print the result as JSON in place of the tables.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    /** Runs this command alone. */
    public static void main(String[] arguments) {
        Main.exit(new EvalCommand(), arguments);
    }

    @Override
    public Integer call() {
        if (limit < 0) {
            throw new UserError("limit: " + limit + ", must be at least 1, or left out for all");
        }
        Evaluation evaluation = new Evaluation(read(), judging.wording(), judging.tooLong);
        try (ModelRespondent respondent = judging.open()) {
            JsonNode result = evaluation.run(judging.model.toString(), respondent, output());
            print(result);
            spec.commandLine().getErr().print(JudgingOptions.summary(respondent));
            spec.commandLine().getErr().flush();
        }
        return 0;
    }

    private Benchmark read() {
        return switch (benchmark) {
            case RewardBench.NAME -> RewardBenchReader.read(data, limit);
            case PairsBenchmark.NAME -> PairsBenchmark.read(data, limit);
            default -> throw new UserError("benchmark: " + benchmark + ", must be " + RewardBench.NAME + " or " + PairsBenchmark.NAME);
        };
    }

    private Path output() {
        Path model = judging.model.toAbsolutePath().normalize().getFileName();
        return output != null ? output : Path.of("runs", "eval", benchmark + "-" + model);
    }

    private void print(JsonNode result) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.line(result));
        } else {
            out.print(ResultTable.of(result));
            out.println("Every judgement: " + output().resolve("judgements.jsonl"));
        }
        out.flush();
    }
}
