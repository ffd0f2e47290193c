package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.data.Examples;
import thinkj.data.Judged;

/** Judge and critic on a checkpoint with random weights, whose answers hold no verdict. */
class JudgeCommandTest {

    @TempDir
    Path folder;

    @BeforeEach
    void modelAndWording() throws IOException {
        TinyCheckpoint.withTokenizer(folder.resolve("model"));
        Files.createDirectories(folder.resolve("prompts"));
        Files.writeString(folder.resolve("prompts").resolve("cot-judge.txt"), "{instruction} {response1} {response2}");
        Files.writeString(folder.resolve("prompts").resolve("cot-critic.txt"), "{instruction} {response1} {response2} {better} {strength}");
    }

    @Test
    void judgedRowsKeepTheOrderOfTheInputAndGetAnId() throws IOException {
        write(row("1+1?", "2", "3", 1, -2), row("2+2?", "5", "4", 2, 3));
        CommandRun run = run(new JudgeCommand());
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("2 rows: 0 right, 0 wrong, 2 without a verdict; 2 cut off at the most new tokens\n", run.err());
        List<Judged> judged = Examples.judged(output());
        assertEquals(List.of("1+1?", "2+2?"), judged.stream().map(row -> row.example().instruction()).toList());
        assertEquals(Examples.judge(folder.resolve("rows.jsonl").toString()), judged.stream().map(Judged::example).toList());
        assertEquals(0, judged.get(0).judgement());
        assertFalse(Files.exists(Path.of(output() + ".partial")));

        run = run(new JudgeCommand());
        assertEquals(2, run.exitCode());
        assertEquals("thinkj: " + output() + ": is finished, there is nothing left to ask; delete it and " + output()
                + ".run.json to ask again\n", run.err());
    }

    @Test
    void aCriticNeedsTheStrengthThatItsPromptStates() throws IOException {
        write("{\"id\": \"x\", \"instruction\": \"1+1?\", \"response1\": \"2\", \"response2\": \"3\", \"better\": 1}");
        CommandRun run = run(new CriticCommand(), "--answer", "wrong");
        assertEquals(2, run.exitCode());
        assertEquals("thinkj: x: prompt cot-critic.txt states the strength, which this row does not give; use data with strengths, "
                + "or the prompt cot\n", run.err());
        assertFalse(Files.exists(Path.of(output())));
    }

    @Test
    void theTwoCriticsAreDifferentRuns() throws IOException {
        write(row("1+1?", "2", "3", 1, -2));
        assertEquals(0, run(new CriticCommand(), "--answer", "right").exitCode());
        CommandRun run = run(new CriticCommand(), "--answer", "wrong");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().startsWith("thinkj: " + output() + ".run.json: belongs to a different run: command is \"critic told right\" "
                + "there and \"critic told wrong\" here, "), run.err());
    }

    @Test
    void longRowsAreRefusedOrLeftOut() throws IOException {
        write(row("1+1?", "2".repeat(400), "3", 1, -2), row("2+2?", "5", "4", 2, 3));
        CommandRun run = run(new JudgeCommand(), "--max-length", "300");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().startsWith("thinkj: 1 prompt is longer than the 295 tokens that the context leaves"), run.err());
        run = run(new JudgeCommand(), "--max-length", "300", "--too-long", "drop");
        assertEquals("1 rows: 0 right, 0 wrong, 1 without a verdict; 1 cut off at the most new tokens; 1 left out as too long\n",
                run.err());
        assertEquals("2+2?", Examples.judged(output()).get(0).example().instruction());
    }

    @Test
    void anOutputFolderThatCannotBeIsRefused() throws IOException {
        write(row("1+1?", "2", "3", 1, -2));
        Path file = Files.writeString(folder.resolve("file"), "");
        List<String> arguments = arguments();
        arguments.set(arguments.indexOf("--output") + 1, file.resolve("judged.jsonl").toString());
        CommandRun run = CommandRun.of(new JudgeCommand(), arguments.toArray(String[]::new));
        assertEquals(2, run.exitCode());
        assertEquals("thinkj: " + file + ": cannot be written, a file stands where a folder is needed; choose another path\n", run.err());
    }

    @Test
    void anEmptyFileIsRefused() throws IOException {
        write();
        CommandRun run = run(new JudgeCommand());
        assertEquals(2, run.exitCode());
        assertEquals("thinkj: " + folder.resolve("rows.jsonl") + ": the data set is empty, at least one row is needed\n", run.err());
    }

    private CommandRun run(Object command, String... more) {
        List<String> arguments = arguments();
        arguments.addAll(List.of(more));
        return CommandRun.of(command, arguments.toArray(String[]::new));
    }

    private List<String> arguments() {
        return new ArrayList<>(List.of("--model", folder.resolve("model").toString(), "--input", folder.resolve("rows.jsonl").toString(),
                "--output", output(), "--prompt", "cot", "--prompts", folder.resolve("prompts").toString(), "--max-new-tokens", "5",
                "--repetition-penalty", "from_checkpoint"));
    }

    private String output() {
        return folder.resolve("judged.jsonl").toString();
    }

    private void write(String... rows) throws IOException {
        Files.write(folder.resolve("rows.jsonl"), List.of(rows));
    }

    private static String row(String instruction, String response1, String response2, int better, int strength) {
        return String.format("{\"instruction\": \"%s\", \"response1\": \"%s\", \"response2\": \"%s\", \"better\": %d, \"strength\": %d}",
                instruction, response1, response2, better, strength);
    }
}
