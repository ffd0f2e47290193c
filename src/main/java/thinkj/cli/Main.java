package thinkj.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import thinkj.device.CpuNatives;
import thinkj.io.UserError;

/** {@code thinkj}: the commands in the order of the pipeline. */
@WithoutTensors
@Command(
        name = "thinkj",
        description = "Trains large language models to judge.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            QuickstartCommand.class,
            DoctorCommand.class,
            InitCommand.class,
            InspectCommand.class,
            PrepareCommand.class,
            SftCommand.class,
            JudgeCommand.class,
            CriticCommand.class,
            PairsCommand.class,
            DpoCommand.class,
            GrpoCommand.class,
            EvalCommand.class,
            GenerateCommand.class,
            ScoreCommand.class,
            MergeCommand.class,
            ChatCommand.class,
            ReportCommand.class,
            CompareCommand.class,
            BenchCommand.class,
        })
public final class Main implements Runnable {

    @Spec
    private CommandSpec spec;

    /** Runs a command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        exit(new Main(), arguments);
    }

    /** Runs one command and ends the process: 0 done, 2 something the user can mend, 1 a failed run. */
    static void exit(Object command, String[] arguments) {
        // The platform's own encoding may be ASCII; files and pipes are UTF-8 everywhere.
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        System.exit(run(command, arguments));
    }

    /** Runs one command and returns its exit code. */
    static int run(Object command, String... arguments) {
        CommandLine line = Standard.dress(new CommandLine(command));
        try {
            CpuNatives.install();
            return line.execute(arguments);
        } catch (UserError | Error e) {
            return Failures.report(e, line.getErr());
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A command is needed.");
    }
}
