package thinkj.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.Golden;
import thinkj.judge.ParserMode;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;

class EvaluationTest {
    private static final Wording WORDING = new Wording(Prompts.builtIn(), PromptKind.STRENGTH, ParserMode.STRICT);
    private static final Benchmark REWARD_BENCH = RewardBenchReader.read(Golden.path("rewardbench"), 3);

    @TempDir
    Path folder;

    @Test
    void aJudgeThatAlwaysFindsTheBetterAnswer() {
        JsonNode result = run(new FakeRespondent(EvaluationTest::knowing), "out");
        assertEquals(100, result.at("/statistics/Average/pair_accuracy").asDouble());
        assertEquals(1, result.at("/official/both/Overall").asDouble());
        assertTrue(ResultTable.of(result).contains("Average          100.00     100.00     100.00       0.00"), ResultTable.of(result));
    }

    @Test
    void aJudgeThatAlwaysNamesTheFirstAnswer() {
        JsonNode result = run(new FakeRespondent(prompt -> verdict("a")), "out");
        assertEquals(50, result.at("/statistics/Average/single_accuracy").asDouble());
        assertEquals(0, result.at("/statistics/Average/pair_agreement_rate").asDouble());
        assertEquals(1, result.at("/official/forward/Overall").asDouble());
        assertEquals(0, result.at("/official/reversed/Overall").asDouble());
        assertEquals(0.5, result.at("/official/both/Overall").asDouble());
    }

    @Test
    void aStoppedEvaluationEndsWithTheSameFiles() throws IOException {
        run(new FakeRespondent(EvaluationTest::knowing), "whole");
        for (int answers : List.of(0, 17, 40)) {
            FakeRespondent killed = new FakeRespondent(EvaluationTest::knowing, Integer.MAX_VALUE, answers);
            assertThrows(FakeRespondent.Killed.class, () -> run(killed, "stopped"));
        }
        run(new FakeRespondent(EvaluationTest::knowing), "stopped");
        assertEquals(contents("whole"), contents("stopped"));
    }

    @Test
    void aFinishedEvaluationAsksNothingAndSaysTheSame() {
        JsonNode first = run(new FakeRespondent(EvaluationTest::knowing), "out");
        FakeRespondent second = new FakeRespondent(EvaluationTest::knowing);
        assertEquals(first, run(second, "out"));
        assertEquals(0, second.asked);
    }

    @Test
    void everyJudgementIsKeptInBothOrders() throws IOException {
        run(new FakeRespondent(prompt -> verdict("a")), "out");
        List<String> lines = Files.readAllLines(folder.resolve("out").resolve("judgements.jsonl"));
        assertEquals(2 * REWARD_BENCH.rows().size(), lines.size());
        String id = REWARD_BENCH.rows().get(0).id();
        assertTrue(lines.get(0).startsWith("{\"id\":\"" + id + "\",\"subset\":"), lines.get(0));
        assertTrue(lines.get(0).contains("\"order\":\"forward\",\"verdict\":1,\"right\":true,\"strength\":-2,"), lines.get(0));
        assertTrue(lines.get(1).contains("\"order\":\"reversed\",\"verdict\":1,\"right\":false,\"strength\":-2,"), lines.get(1));
        assertTrue(lines.get(0).contains("\"text\":\"Therefore, Response (a)"), lines.get(0));
    }

    @Test
    void theOriginalParserReadsEveryBenchmarkLikeItsCotPrompt() {
        Wording original = new Wording(Prompts.builtIn(), PromptKind.STRENGTH, ParserMode.ORIGINAL);
        assertEquals(1, original.benchmarkParser().parse("I feel that Response (a) is better, not (b)").better());
        assertEquals(0, original.parser().parse("I feel that Response (a) is better, not (b)").better());
    }

    @Test
    void theOfficialFileHoldsEverySubsetAndTheModel() throws IOException {
        run(new FakeRespondent(EvaluationTest::knowing), "out");
        String text = Files.readString(folder.resolve("out").resolve("official.json"));
        assertTrue(text.contains("\"math-prm\" : 1.0") && text.contains("\"model\" : \"me/mine\""), text);
        assertTrue(text.contains("\"model_type\" : \"Generative RM\"") && text.contains("\"chat_template\" : \"tokenizer\""), text);
    }

    private JsonNode run(FakeRespondent respondent, String output) {
        return new Evaluation(REWARD_BENCH, WORDING, TooLong.ERROR).run("me/mine", respondent, folder.resolve(output));
    }

    /** In the golden rows the better answer starts with "good". */
    private static String knowing(String prompt) {
        return verdict(prompt.indexOf("good ") < prompt.indexOf("bad ") ? "a" : "b");
    }

    private static String verdict(String letter) {
        return "Therefore, Response (" + letter + ") is better, and the strength is [[2]].";
    }

    /** Every file but the seconds, which no two runs share. */
    private Map<String, String> contents(String output) throws IOException {
        Map<String, String> contents = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(folder.resolve(output))) {
            for (Path file : files.sorted().toList()) {
                if (!file.endsWith("timings.jsonl")) {
                    contents.put(file.getFileName().toString(), Files.readString(file));
                }
            }
        }
        return contents;
    }
}
