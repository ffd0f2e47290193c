package thinkj.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import thinkj.evaluate.Inference.Role;

/** {@code thinkj critic}: explanations for a verdict that the model is told. */
@Command(
        name = "critic",
        description = {
            "Asks a critic about every row, telling it the right or the wrong verdict, and writes what it says.",
            "Answers are greedy. A stopped run goes on where it was when the same command is given again."
        })
public final class CriticCommand implements Callable<Integer> {

    /** Which verdict the critic is told. */
    enum Told {
        RIGHT(Role.CRITIC_TOLD_RIGHT),
        WRONG(Role.CRITIC_TOLD_WRONG);

        private final Role role;

        Told(Role role) {
            this.role = role;
        }

        /** As it is typed. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = "--answer", required = true, paramLabel = "right|wrong", description = "The verdict that the critic is told.")
    private Told told;

    @Mixin
    private InferenceOptions inference;

    @Spec
    private CommandSpec spec;

    /** Runs this command alone. */
    public static void main(String[] arguments) {
        Main.exit(new CriticCommand(), arguments);
    }

    @Override
    public Integer call() {
        inference.run(told.role, spec.commandLine().getErr());
        return 0;
    }
}
