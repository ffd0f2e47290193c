package thinkj.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.UserError;

/** What is said about bad configs of preference and reinforcement runs. */
class TrainingConfigsTest {
    private static final Path CONFIGS = Path.of("configs");
    private static final Path DPO = CONFIGS.resolve("qwen2.5-0.5b/dpo.yaml");
    private static final Path GRPO = CONFIGS.resolve("qwen2.5-0.5b/grpo.yaml");

    @TempDir
    Path folder;

    @Test
    void batchSizesThatDoNotDivideNameTheNearestThatDo() throws IOException {
        Path file = folder.resolve("grpo.yaml");
        String good = Files.readString(GRPO);
        Files.writeString(file, good.replace("mini_batch_size: 256", "mini_batch_size: 300").replace("micro_batch_size: 8", "micro_batch_size: 7"));
        int line = 1 + good.lines().toList().indexOf(
                good.lines().filter(text -> text.contains("mini_batch_size: 256")).findFirst().orElseThrow());
        assertEquals(
                "2 problems in the configuration\n"
                        + file + ":" + line + ": batch.mini_batch_size: 300, must divide train_batch_size = 1024; the nearest are 256 and 512\n"
                        + file + ":" + (line + 1)
                        + ": batch.micro_batch_size: 7, must divide mini_batch_size * n = 300 * 8 = 2400; the nearest are 6 and 8",
                refusal(file, GrpoConfig.class));
        assertEquals(
                "command line: batch.mini_batch_size: 2000, must divide train_batch_size = 1024; the nearest is 1024",
                refusal(GRPO, GrpoConfig.class, "batch.mini_batch_size=2000"));
    }

    @Test
    void whatIsWrongIsToldTogether() {
        String message = refusal(
                GRPO, GrpoConfig.class, "rollout.temperature=0", "loss.aggregation=sum", "reward.timeout_seconds=-1", "epochs=1.5",
                "optimizer.weight_decay=-1", "loss.clip_ratio=0.2", "rollout.overlong_buffer_len=4000", "rollout.overlong_penalty_factor=-1",
                "batch.max_num_gen_batches=0");
        for (String part : List.of(
                "rollout.temperature: 0.0, must be greater than 0",
                "loss.aggregation: sum, must be one of token-mean, seq-mean, micro-mean",
                "loss.clip_ratio: unknown key",
                "rollout.overlong_buffer_len: 4000, must be from 1 to max_response_length, which is 3072",
                "rollout.overlong_penalty_factor: -1.0, must be at least 0",
                "batch.max_num_gen_batches: 0, must be at least 1, which is off",
                "reward.timeout_seconds: -1.0, must be greater than 0",
                "epochs: 1.5, must be an integer (32 bits)",
                "optimizer.weight_decay: -1.0, must be at least 0")) {
            assertTrue(message.contains(part), part + " in " + message);
        }
    }

    @Test
    void micromeanKnowsNoLimitOfTokens() {
        String message = refusal(GRPO, GrpoConfig.class, "loss.aggregation=micro-mean");
        assertTrue(message.contains(
                "batch.micro_batch_tokens: 16384, must be null where loss.aggregation is micro-mean, whose result hangs on the cut"), message);
    }

    @Test
    void preferenceSettingsOutOfRange() {
        String message = refusal(DPO, DpoConfig.class, "beta=0", "ftx=-1", "label_smoothing=0.5", "micro_batch_tokens=0", "shuffle=false",
                "group_by_length=true");
        for (String part : List.of(
                "group_by_length: true, must be false where shuffle is false",
                "beta: 0.0, must be greater than 0",
                "ftx: -1.0, must be at least 0",
                "label_smoothing: 0.5, must be at least 0 and below 0.5",
                "micro_batch_tokens: 0, must be at least 1, or null")) {
            assertTrue(message.contains(part), part + " in " + message);
        }
    }

    private static <R extends Record> String refusal(Path file, Class<R> type, String... overrides) {
        return assertThrows(UserError.class, () -> ConfigLoader.load(file, List.of(overrides), type)).getMessage();
    }
}
