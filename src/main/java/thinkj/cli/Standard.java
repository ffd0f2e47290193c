package thinkj.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import thinkj.device.CudaSupport;
import thinkj.io.UserError;

/** What every command has in common: help, version, {@code --debug}, and what becomes of failures. */
final class Standard {
    private static final String DEBUG = "--debug";

    private Standard() {}

    /** Adds the common options to a command and to those below it. */
    static CommandLine dress(CommandLine line) {
        return dress(line, CudaSupport::require);
    }

    /** @param device refuses a machine on which ND4J cannot run */
    static CommandLine dress(CommandLine line, Runnable device) {
        addOptions(line);
        line.setOut(utf8(System.out));
        line.setErr(utf8(System.err));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpLongOptionsMaxWidth(32);
        line.setUsageHelpAutoWidth(true);
        line.setExecutionStrategy(parsed -> run(parsed, device));
        line.setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, command.getErr(), parsed));
        return line;
    }

    private static PrintWriter utf8(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    private static void addOptions(CommandLine line) {
        var spec = line.getCommandSpec();
        if (spec.findOption("--help") == null) {
            spec.mixinStandardHelpOptions(true);
        }
        spec.version("Think-J " + Version.current());
        spec.addOption(OptionSpec.builder(DEBUG)
                .type(boolean.class)
                .arity("0")
                .description("Print the stack trace of every error.")
                .build());
        line.getSubcommands().values().forEach(Standard::addOptions);
    }

    private static int run(ParseResult parsed, Runnable device) {
        Integer helped = CommandLine.executeHelpRequest(parsed);
        if (helped != null) {
            return helped;
        }
        CommandLine command = parsed.asCommandLineList().get(parsed.asCommandLineList().size() - 1);
        if (!command.getCommandSpec().userObject().getClass().isAnnotationPresent(WithoutTensors.class)) {
            try {
                device.run();
            } catch (UserError e) {
                throw new ExecutionException(command, e.getMessage(), e);
            }
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private static int failed(Throwable failure, PrintWriter err, ParseResult parsed) {
        if (debug(parsed)) {
            failure.printStackTrace(err);
            err.flush();
        }
        return Failures.report(failure, err);
    }

    private static boolean debug(ParseResult parsed) {
        for (ParseResult level = parsed; level != null; level = level.hasSubcommand() ? level.subcommand() : null) {
            if (level.hasMatchedOption(DEBUG)) {
                return true;
            }
        }
        return false;
    }
}
