package thinkj.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import thinkj.RealData;
import thinkj.evaluate.Questionnaire.Encoding;
import thinkj.judge.ParserMode;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.HfTokenizer;
import thinkj.tokenizer.Message;

/** The whole real benchmark under the real tokenizer and chat template. */
@Tag("slow")
class RealPromptsTest {
    /** What the defaults leave for a prompt: 8192 tokens in all, 4096 of them new. */
    private static final int ROOM = 4096;

    @Test
    void everyPromptOfRewardBenchFitsBesideTheAnswer() {
        Benchmark benchmark = RewardBenchReader.read(RealData.folder("rewardbench"), 0);
        Path folder = RealData.folder("qwen2.5");
        Wording wording = new Wording(Prompts.builtIn(), PromptKind.STRENGTH, ParserMode.STRICT);
        List<List<Question>> rows = benchmark.rows().stream()
                .map(row -> List.of(
                        wording.judge(row.id() + " forward", row.instruction(), row.better(), row.worse()),
                        wording.judge(row.id() + " reversed", row.instruction(), row.worse(), row.better())))
                .toList();
        try (HfTokenizer tokenizer = HfTokenizer.open(folder)) {
            ChatTemplate template = ChatTemplate.open(folder, tokenizer);
            Encoding encoding = new Encoding(tokenizer, text -> template.render(List.of(new Message("user", text)), true), ROOM);
            Questionnaire questions = Questionnaire.of(rows, encoding, TooLong.ERROR);
            assertEquals(2 * benchmark.rows().size(), questions.prompts().size());
            int longest = questions.prompts().stream().mapToInt(ids -> ids.length).max().orElseThrow();
            assertTrue(longest <= ROOM, longest + " tokens");
            System.err.println("longest prompt: " + longest + " tokens, all: "
                    + questions.prompts().stream().mapToLong(ids -> ids.length).sum());
        }
    }
}
