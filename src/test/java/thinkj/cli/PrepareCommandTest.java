package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import thinkj.RealData;
import thinkj.data.Examples;
import thinkj.data.GrpoRow;
import thinkj.data.JudgeExample;
import thinkj.data.SftExample;
import thinkj.io.Json;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;

class PrepareCommandTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void realDialoguesBecomeJudgeInputAndGrpoRowsAndComeBack() throws IOException {
        String source = RealData.folder("hh-rlhf").resolve("harmless-base/test.jsonl.gz").toString();
        String judge = path("judge.jsonl");
        JsonNode counts = json("--input", source, "--format", "hh-rlhf", "--output", judge);
        long dropped = sum(counts.get("dropped"));
        assertEquals(2312, counts.get("read").longValue());
        assertEquals(2312, counts.get("written").get(judge).longValue() + dropped);
        assertTrue(dropped < 30, counts.toString());
        System.out.println("HH-RLHF harmless-base test to judge input: " + counts);

        List<JudgeExample> examples = Examples.judge(judge);
        assertEquals(2312 - dropped, examples.size());
        Map<String, JudgeExample> byPrompt = new HashMap<>();
        examples.forEach(example -> byPrompt.put(
                Prompts.builtIn().judge(PromptKind.COT, example.instruction(), example.response1(), example.response2()), example));

        String grpo = path("train.parquet");
        JsonNode fromJudge = json("--input", judge, "--order", "keep", "--to", "grpo", "--prompt", "cot", "--data-source", "hh", "--output", grpo);
        System.out.println("judge input to GRPO Parquet: " + fromJudge);
        List<GrpoRow> rows = Examples.grpo(grpo);
        assertEquals(examples.size(), rows.size());
        for (GrpoRow row : rows) {
            JudgeExample example = byPrompt.get(row.prompt().get(0).content());
            assertEquals(example.better(), Integer.parseInt(row.groundTruth()), example.id());
            assertEquals("hh", row.dataSource());
        }

        String lines = path("train.jsonl");
        String again = path("again.parquet");
        json("--input", grpo, "--format", "grpo", "--to", "grpo", "--output", lines);
        json("--input", lines, "--format", "grpo", "--to", "grpo", "--output", again);
        assertEquals(rows, Examples.grpo(lines));
        assertEquals(rows, Examples.grpo(again));
    }

    @Test
    void tracesTeachJudgeAndCritic() throws IOException {
        Path input = Files.writeString(folder.resolve("traces.jsonl"), """
                {"instruction": "q1", "response1": "a", "response2": "b", "better": 1, "strength": -2, \
                "trace": "<think>hm</think>A is right.\\n\\nTherefore, Response (a) is better, and the strength is [[2]]."}
                {"instruction": "q2", "response1": "a", "response2": "b", "better": 2, "strength": 2, \
                "trace": "A is right.\\nTherefore, Response (a) is better, and the strength is [[2]]."}
                {"instruction": "q3", "response1": "a", "response2": "b", "better": 2, "strength": 2, \
                "trace": "Therefore, Response (b) is better, and the strength is [[2]]."}
                {"instruction": "q4", "response1": "a", "response2": "b", "better": 2, "strength": 2, "trace": "I cannot say."}
                {"instruction": "q5", "response1": "a", "response2": "b", "better": 2, "strength": 2}
                """);
        String judge = path("judge.json");
        String critic = path("critic.json");
        JsonNode counts = json("--input", input.toString(), "--to", "sft", "--output", judge, "--critic-output", critic);
        assertEquals("{\"the trace's verdict is not the right one\":1,\"the trace explains nothing\":1,"
                + "\"the trace does not end in a verdict\":1,\"no trace\":1}", counts.get("dropped").toString());
        String target = "<think>\nA is right.\n</think>\n\nTherefore, Response (a) is better, and the strength is [[2]].";
        Prompts prompts = Prompts.builtIn();
        assertEquals(List.of(new SftExample("", prompts.judge(PromptKind.STRENGTH, "q1", "a", "b"), "", target)), Examples.sft(List.of(Path.of(judge))).examples());
        assertEquals(List.of(new SftExample("", prompts.critic(PromptKind.STRENGTH, "q1", "a", "b", 1, 2), "", target)), Examples.sft(List.of(Path.of(critic))).examples());
    }

    @Test
    void whatJudgeWroteTeachesToo() throws IOException {
        Path input = Files.writeString(folder.resolve("judged.jsonl"), """
                {"id": "7", "instruction": "q", "response1": "a", "response2": "b", "better": 2, "true_strength": 1, "judgement": 2, \
                "strength": 3, "cot": "<think>B.</think>\\n\\nB is right.\\nTherefore, Response (b) is better, and the strength is [[3]]."}
                """);
        String judge = path("judge.jsonl");
        json("--input", input.toString(), "--format", "judged", "--to", "sft", "--output", judge);
        assertEquals(1, Examples.sft(List.of(Path.of(judge))).examples().size());
    }

    @Test
    void strengthIsTheGroundTruthWhereThePromptAsksForIt() throws IOException {
        Path input = Files.writeString(folder.resolve("rows.jsonl"), """
                {"instruction": "q", "response1": "a", "response2": "b", "better": 1, "strength": -3}
                {"instruction": "r", "response1": "a", "response2": "b", "better": 1}
                """);
        String grpo = path("grpo.parquet");
        JsonNode counts = json("--input", input.toString(), "--order", "keep", "--to", "grpo", "--output", grpo);
        assertEquals("-3", Examples.grpo(grpo).get(0).groundTruth());
        assertEquals("{\"no strength, which the prompt 'strength' is paid by (the prompt 'cot' needs none)\":1}", counts.get("dropped").toString());
    }

    @Test
    void countsForAPerson() throws IOException {
        Path input = Files.writeString(folder.resolve("rows.jsonl"), """
                {"prompt": "p", "response_1": "a", "response_2": "b", "preference_strength": -1}
                {"prompt": "p", "response_1": "a", "response_2": "b", "preference_strength": 0}
                """);
        String output = path("judge.jsonl");
        assertEquals(0, run("--input", input.toString(), "--format", "helpsteer2", "--order", "keep", "--output", output), err::toString);
        assertEquals("        2  read\n        1    dropped: no preference (strength 0)\n        1  written to " + output + "\n", out.toString());
    }

    @Test
    void anInputIsNotWrittenOver() throws IOException {
        String rows = Files.writeString(folder.resolve("rows.jsonl"), "{}\n").toString();
        assertRefused(rows + ": is an input and would be written over; choose another output", "--input", "x", rows, "--output", rows);
        assertEquals("{}\n", Files.readString(Path.of(rows)));
    }

    @Test
    void optionsThatContradictEachOtherAreRefused() {
        assertRefused("validation-output: goes together with validation-fraction or validation-split, which say what is held out",
                "--input", "x", "--output", path("y"), "--validation-fraction", "0.1");
        assertRefused("critic-output: is only written with --to sft", "--input", "x", "--output", path("y"), "--critic-output", path("z"));
        assertRefused("max-tokens and tokenizer: go together, the one is counted by the other",
                "--input", "x", "--output", path("y"), "--max-tokens", "5");
        assertRefused("no data set format is called 'hh'; there are judge, judged, helpsteer2, hh-rlhf, skywork, rewardbench",
                "--input", "x", "--output", path("y"), "--format", "hh");
        assertRefused(path("y.parquet") + ": this is written as .jsonl or .json, choose such a name", "--input", "x", "--output", path("y.parquet"));
        assertRefused("x: no such file", "--input", "x", "--output", path("y"));
        assertFalse(Files.exists(folder.resolve("y")));
    }

    private void assertRefused(String message, String... arguments) {
        assertEquals(2, run(arguments));
        assertEquals("thinkj: " + message + "\n", err.toString().replace(System.lineSeparator(), "\n"));
        err.getBuffer().setLength(0);
    }

    private JsonNode json(String... arguments) throws IOException {
        out.getBuffer().setLength(0);
        String[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "--json";
        assertEquals(0, run(all), err::toString);
        return Json.MAPPER.readTree(out.toString());
    }

    private int run(String... arguments) {
        return Standard.dress(new CommandLine(new PrepareCommand()))
                .setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private static long sum(JsonNode counts) {
        long sum = 0;
        for (JsonNode count : counts) {
            sum += count.longValue();
        }
        return sum;
    }
}
