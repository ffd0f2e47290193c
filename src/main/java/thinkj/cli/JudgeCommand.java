package thinkj.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import thinkj.evaluate.Inference.Role;

/** {@code thinkj judge}: the judge's verdicts on rows of data. */
@Command(
        name = "judge",
        description = {
            "Asks a judge about every row and writes its verdicts.",
            "Answers are greedy. A stopped run goes on where it was when the same command is given again."
        })
public final class JudgeCommand implements Callable<Integer> {

    @Mixin
    private InferenceOptions inference;

    @Spec
    private CommandSpec spec;

    /** Runs this command alone. */
    public static void main(String[] arguments) {
        Main.exit(new JudgeCommand(), arguments);
    }

    @Override
    public Integer call() {
        inference.run(Role.JUDGE, spec.commandLine().getErr());
        return 0;
    }
}
