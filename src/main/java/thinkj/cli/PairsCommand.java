package thinkj.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import thinkj.data.ExampleFiles;
import thinkj.data.Examples;
import thinkj.evaluate.PairMaker;
import thinkj.io.Streams;
import thinkj.io.UserError;
import thinkj.judge.PairBuilder.Outcome;
import thinkj.judge.PromptKind;

/** {@code thinkj pairs}: preference pairs for DPO. */
@WithoutTensors
@Command(
        name = "pairs",
        description = {
            "Makes preference pairs of what the judge said and of what the critics said who were told the right (positive) and the wrong "
                    + "(negative) verdict.",
            "Rows are joined by id. The count of every outcome is printed."
        })
public final class PairsCommand implements Callable<Integer> {
    private static final Map<Outcome, String> WORDS = Map.of(
            Outcome.JUDGE_PREFERRED, "pairs: judge right, preferred to the negative critic",
            Outcome.POSITIVE_PREFERRED, "pairs: judge wrong, positive critic preferred",
            Outcome.NEGATIVE_ALSO_RIGHT, "none: judge right, and the negative critic too",
            Outcome.POSITIVE_ALSO_WRONG, "none: judge wrong, and the positive critic too",
            Outcome.EMPTY_TEXT, "none: one of the texts is empty",
            Outcome.NO_CRITIC, "none: the critic has no row of this id");

    @Option(names = "--judged", required = true, paramLabel = "FILE", description = "Rows from `thinkj judge`.")
    private String judged;

    @Option(names = "--positive", required = true, paramLabel = "FILE", description = "Rows from `thinkj critic --answer right`.")
    private String positive;

    @Option(names = "--negative", required = true, paramLabel = "FILE", description = "Rows from `thinkj critic --answer wrong`.")
    private String negative;

    @Option(names = "--output", required = true, paramLabel = "FILE", description = "Pairs for `thinkj dpo`: a JSON array.")
    private String output;

    @Option(names = "--sft-output", paramLabel = "FILE", description = "Also the preferred answers, as rows for `thinkj sft`.")
    private String sftOutput;

    @Option(names = "--prompt", defaultValue = "strength", paramLabel = "KIND",
            description = "The prompt that the pairs' answers are learnt under: the one that the judge was asked with; the published "
                    + "program takes direct. Default: ${DEFAULT-VALUE}.")
    private PromptKind prompt;

    @Mixin
    private PromptsOption prompts;

    @Spec
    private CommandSpec spec;

    /** Runs this command alone. */
    public static void main(String[] arguments) {
        Main.exit(new PairsCommand(), arguments);
    }

    @Override
    public Integer call() {
        ExampleFiles.checkName(output, false);
        if (sftOutput != null) {
            ExampleFiles.checkName(sftOutput, false);
        }
        List<String> inputs = List.of(judged, positive, negative);
        Streams.requireApart(output, inputs);
        if (sftOutput != null) {
            Streams.requireApart(sftOutput, inputs);
        }
        PairMaker.Made made = PairMaker.make(
                Examples.judged(judged), Examples.judged(positive), Examples.judged(negative),
                prompts.prompts(), prompt);
        print(made, spec.commandLine().getErr());
        if (made.pairs().isEmpty()) {
            throw new UserError("no pair came out of " + judged + ", " + positive + " and " + negative + "; nothing was written");
        }
        ExampleFiles.writePairs(output, made.pairs());
        if (sftOutput != null) {
            ExampleFiles.writeSft(sftOutput, made.preferred());
        }
        return 0;
    }

    private static void print(PairMaker.Made made, PrintWriter err) {
        err.println(made.pairs().size() + " pairs; the judge was wrong or undecided in " + made.outcome().judgeWrong() + " rows");
        made.outcome().counts().forEach((outcome, count) -> err.printf("  %6d  %s%n", count, WORDS.get(outcome)));
        err.flush();
    }
}
