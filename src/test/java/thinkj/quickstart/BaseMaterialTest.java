package thinkj.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.HfTokenizer;
import thinkj.tokenizer.Message;

class BaseMaterialTest {
    private static final Path PROMPTS = Path.of("configs", "quickstart", "prompts");

    @TempDir
    private Path folder;

    @Test
    void theTokenizerTakesATaskInFewTokensAndGivesItBack() {
        int size = BaseMaterial.write(Prompts.from(PROMPTS), 2000, 1, folder);
        try (HfTokenizer tokenizer = HfTokenizer.open(folder)) {
            assertEquals(size, tokenizer.size());
            JudgingTask task = JudgingTask.make("t", DigitQuestion.all(true), 1, new Random(1)).get(0);
            String prompt = Prompts.from(PROMPTS).judge(
                    PromptKind.STRENGTH, task.example().instruction(), task.example().response1(), task.example().response2());
            int[] ids = ChatTemplate.open(folder, tokenizer).encode(List.of(new Message("user", prompt)), true);
            assertEquals("<|im_start|>user\n" + prompt + "<|im_end|>\n<|im_start|>assistant\n", tokenizer.decode(ids, false));
            int[] answer = tokenizer.encode(task.trace() + "<|im_end|>\n");
            assertTrue(ids.length + answer.length <= 110, () -> ids.length + " + " + answer.length + " tokens");
        }
    }

    @Test
    void theSameSeedGivesTheSameBytes() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));
        BaseMaterial.write(Prompts.from(PROMPTS), 300, 5, folder);
        BaseMaterial.write(Prompts.from(PROMPTS), 300, 5, other);
        for (String file : List.of("base.jsonl", "tokenizer.json", "tokenizer_config.json")) {
            assertEquals(-1, Files.mismatch(folder.resolve(file), other.resolve(file)), file);
        }
    }
}
