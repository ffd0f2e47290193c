package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import thinkj.io.UserError;

class MainTest {
    private final StringWriter err = new StringWriter();

    @Test
    void aUsersErrorIsOneLineAndTwo() {
        assertEquals(2, run(() -> {
            throw new IllegalStateException(new UserError("data.jsonl:3: no answer"));
        }));
        assertEquals("thinkj: data.jsonl:3: no answer\n", err.toString());
    }

    @Test
    void debugShowsTheStackTrace() {
        assertEquals(2, run(() -> {
            throw new UserError("value, rule");
        }, "--debug"));
        assertTrue(err.toString().contains("\tat thinkj.cli.MainTest"), err.toString());
    }

    @Test
    void anyOtherExceptionIsAFailedRun() {
        assertEquals(1, run(() -> {
            throw new IllegalStateException("the loss is not finite");
        }));
        assertEquals("thinkj: the run failed: the loss is not finite\n", err.toString());
    }

    @Test
    void aMissingFileIsTheUsersWhereverItIsMissed() {
        assertEquals(2, run(() -> {
            throw new UncheckedIOException(new NoSuchFileException("model/config.json"));
        }));
        assertEquals("thinkj: model/config.json: no such file\n", err.toString());
    }

    @Test
    void badOptionsAreTheUsers() {
        assertEquals(2, run(() -> 0, "--steps", "many"));
        assertEquals("thinkj: Invalid value for option '--steps': many, must be a whole number\nsee probe --help\n", err.toString());
    }

    /** A page of options behind a slip would push it off the screen. */
    @Test
    void aSlipIsToldInAFewLines() {
        Path nothing = Path.of("none");
        assertSlip("Invalid value for option '--to': must be one of judge, sft, grpo, not 'nosuch'\nsee thinkj prepare --help\n",
                "prepare", "--to", "nosuch", "--input", nothing.toString(), "--output", nothing.toString());
        assertSlip("Missing required option: '--config=FILE'\nsee thinkj sft --help\n", "sft");
        assertSlip("Unmatched argument at index 0: 'evall'\nDid you mean: thinkj eval", "evall");
        assertSlip("A command is needed.\nUsage: thinkj [-hV] [--debug] COMMAND\n");
    }

    private static void assertSlip(String start, String... arguments) {
        CommandRun run = CommandRun.of(new Main(), arguments);
        assertEquals(2, run.exitCode());
        assertTrue(run.err().startsWith("thinkj: " + start), run.err());
    }

    @Test
    void everyCommandHelpsAndDescribesItself() {
        CommandLine top = Standard.dress(new CommandLine(new Main()));
        top.getSubcommands().forEach((name, command) -> {
            var usage = command.getCommandSpec().usageMessage();
            assertFalse(usage.description().length == 0, name + " must have a description");
            assertTrue(command.getCommandSpec().findOption("--help") != null, name + " must have --help");
        });
    }

    @Test
    void commandsWithTensorsAreRefusedWhereNd4jCannotRun() {
        Runnable refusal = () -> {
            throw new UserError("cannot run on this GPU");
        };
        assertEquals(2, Standard.dress(new CommandLine(new Probe(() -> 0)), refusal).setErr(new PrintWriter(err)).execute());
        assertEquals("thinkj: cannot run on this GPU\n", err.toString());
        assertEquals(0, Standard.dress(new CommandLine(new Probe(() -> 0)), refusal).setOut(new PrintWriter(err)).execute("--help"));
        assertEquals(0, Standard.dress(new CommandLine(new TensorlessProbe()), refusal).execute());
    }

    @Test
    void noCommandAtAll() {
        assertEquals(2, Standard.dress(new CommandLine(new Main())).setErr(new PrintWriter(err)).execute());
        assertTrue(err.toString().startsWith("thinkj: A command is needed."), err.toString());
    }

    private int run(Callable<Integer> body, String... arguments) {
        return Standard.dress(new CommandLine(new Probe(body))).setErr(new PrintWriter(err)).execute(arguments);
    }

    @WithoutTensors
    @Command(name = "tensorless")
    private static final class TensorlessProbe implements Callable<Integer> {
        @Override
        public Integer call() {
            return 0;
        }
    }

    @Command(name = "probe")
    private static final class Probe implements Callable<Integer> {
        private final Callable<Integer> body;

        @Option(names = "--steps")
        private int steps;

        Probe(Callable<Integer> body) {
            this.body = body;
        }

        @Override
        public Integer call() throws Exception {
            return steps + body.call();
        }
    }
}
