package thinkj.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;
import thinkj.device.CudaSupport;
import thinkj.io.UserError;

/** What every command has in common: help, version, {@code --debug}, and what becomes of failures. */
final class Standard {
    private static final String DEBUG = "--debug";

    /** How picocli words a value that no constant has. */
    private static final Pattern CONSTANTS = Pattern.compile("expected one of \\[(.*?)\\] \\(case-insensitive\\) but was ");

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
        line.registerConverter(int.class, text -> whole(text, Integer::valueOf));
        line.registerConverter(Integer.class, text -> whole(text, Integer::valueOf));
        line.registerConverter(long.class, text -> whole(text, Long::valueOf));
        line.registerConverter(Long.class, text -> whole(text, Long::valueOf));
        line.setParameterExceptionHandler((slip, arguments) -> refused(slip));
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

    static void requireAtLeastOne(String option, int value) {
        if (value < 1) {
            throw new UserError(option + ": " + value + ", must be at least 1");
        }
    }

    private static <N> N whole(String text, Function<String, N> number) {
        try {
            return number.apply(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException(text + ", must be a whole number");
        }
    }

    /** What is wrong with a command line, and where its rules are told; all of them at once only where there is no command yet. */
    private static int refused(ParameterException slip) {
        CommandLine command = slip.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("thinkj: " + lowerCase(slip.getMessage()));
        if (!command.getSubcommands().isEmpty()) {
            if (!UnmatchedArgumentException.printSuggestions(slip, err)) {
                command.usage(err);
            }
        } else {
            err.println("see " + command.getCommandSpec().qualifiedName() + " --help");
        }
        err.flush();
        return ExitCode.USAGE;
    }

    /** Enum constants as they are typed. */
    private static String lowerCase(String message) {
        return CONSTANTS.matcher(message).replaceAll(found -> Matcher.quoteReplacement(
                "must be one of " + found.group(1).toLowerCase(Locale.ROOT) + ", not "));
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
