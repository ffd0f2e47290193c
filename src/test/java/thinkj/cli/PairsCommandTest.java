package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.data.Examples;
import thinkj.data.PreferencePair;

class PairsCommandTest {

    @TempDir
    Path folder;

    @Test
    void joinsByIdAndCountsEveryOutcome() throws IOException {
        write("judged", row("one", 1, 1, "judge 1"), row("two", 2, 1, "judge 2"), row("three", 1, 0, "judge 3"),
                row("four", 1, 1, "judge 4"));
        write("positive", row("three", 1, 1, "positive 3"), row("two", 2, 1, "positive 2"), row("one", 1, 1, "positive 1"));
        write("negative", row("four", 1, 1, "negative 4"), row("one", 1, 2, "negative 1"));
        CommandRun run = pairs("--sft-output", file("sft.json"));
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("""
                2 pairs; the judge was wrong or undecided in 2 rows
                       1  pairs: judge right, preferred to the negative critic
                       1  pairs: judge wrong, positive critic preferred
                       1  none: judge right, and the negative critic too
                       1  none: judge wrong, and the positive critic too
                       0  none: one of the texts is empty
                       0  none: the critic has no row of this id
                """, run.err());
        List<PreferencePair> pairs = Examples.pairs(List.of(Path.of(file("pairs.json")))).examples();
        assertEquals(List.of("judge 1", "positive 3"), pairs.stream().map(PreferencePair::chosen).toList());
        assertEquals(List.of("negative 1", "judge 3"), pairs.stream().map(PreferencePair::rejected).toList());
        assertTrue(pairs.get(0).instruction().contains("question one"));
        assertEquals(List.of("judge 1", "positive 3"), Examples.sft(List.of(Path.of(file("sft.json")))).examples().stream().map(row -> row.output()).toList());
    }

    @Test
    void noPairAtAllIsAnErrorAndWritesNothing() throws IOException {
        write("judged", row("one", 1, 1, "judge 1"));
        write("positive", row("one", 1, 1, "positive 1"));
        write("negative", row("one", 1, 1, "negative 1"));
        CommandRun run = pairs();
        assertEquals(2, run.exitCode());
        assertTrue(run.err().endsWith("thinkj: no pair came out of " + file("judged") + ", " + file("positive") + " and " + file("negative")
                + "; nothing was written\n"), run.err());
        assertFalse(Files.exists(folder.resolve("pairs.json")));
    }

    @Test
    void aRowWithoutAVerdictFieldIsNamedWithItsLine() throws IOException {
        write("judged", row("one", 1, 1, "judge 1"), row("two", 1, 1, "x").replace("\"judgement\"", "\"judgment\""));
        write("positive", row("one", 1, 1, "positive 1"));
        write("negative", row("one", 1, 1, "negative 1"));
        CommandRun run = pairs();
        assertEquals(2, run.exitCode());
        assertEquals("thinkj: " + file("judged") + ":2: judgement: missing, every row must have it\n", run.err());
    }

    @Test
    void anInputIsNotWrittenOver() throws IOException {
        write("judged", row("one", 1, 1, "judge 1"));
        CommandRun run = pairs("--sft-output", file("judged"));
        assertEquals("thinkj: " + file("judged") + ": is an input and would be written over; choose another output\n", run.err());
        assertEquals(2, run.exitCode());
    }

    private CommandRun pairs(String... more) {
        List<String> arguments = new ArrayList<>(List.of("--judged", file("judged"), "--positive", file("positive"), "--negative",
                file("negative"), "--output", file("pairs.json")));
        arguments.addAll(List.of(more));
        return CommandRun.of(new PairsCommand(), arguments.toArray(String[]::new));
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private void write(String name, String... rows) throws IOException {
        Files.write(folder.resolve(name), List.of(rows));
    }

    private static String row(String id, int better, int judgement, String text) {
        return String.format("{\"id\": \"%s\", \"instruction\": \"question %s\", \"response1\": \"r1\", \"response2\": \"r2\", "
                + "\"better\": %d, \"judgement\": %d, \"cot\": \"%s\"}", id, id, better, judgement, text);
    }
}
