package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ConfigLoader;
import thinkj.config.GrpoConfig;
import thinkj.data.GrpoRow;
import thinkj.data.Located;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.kernels.onednn.OneDnn;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.HfTokenizer;
import thinkj.tokenizer.Message;

/** What becomes of answers that a stopped process has left of a step. */
class RolloutsTest {
    private static final int N = 4;
    private static final long CACHE_BYTES = 64L << 20;

    /** An answer that no model would give, to be told from those that are sampled. */
    private static final RolloutLog.Sampled LEFT = new RolloutLog.Sampled(new int[] {65, 66, 67}, new float[] {-1, -2, -3});

    @TempDir
    Path folder;

    private HfCheckpoint checkpoint;
    private HfTokenizer tokenizer;
    private List<GrpoPrompt> prompts;

    @BeforeEach
    void files() throws IOException {
        assumeTrue(OneDnn.problem().isEmpty(), "needs oneDNN");
        checkpoint = HfCheckpoint.open(TinyCheckpoint.withTokenizer(folder.resolve("model")));
        tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder());
        List<GrpoRow> rows = IntStream.range(0, 2)
                .mapToObj(i -> new GrpoRow("s", List.of(new Message("user", "question " + i)), "judge", "rule", "1", "train", i)).toList();
        Located<GrpoRow> located = new Located<>(rows, List.of("prompts.parquet: row 1", "prompts.parquet: row 2"));
        prompts = GrpoPrompt.select(located, ChatTemplate.open(checkpoint.tokenizerFolder(), tokenizer), tokenizer, 100).prompts();
    }

    @AfterEach
    void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
    }

    private List<Answer> sample(Engine engine, RolloutLog log, int step) {
        GrpoConfig config = ConfigLoader.load(
                Path.of("configs/quickstart/grpo.yaml"), List.of("rollout.max_response_length=12", "rollout.max_rows=8"), GrpoConfig.class);
        try (Qwen2Model model = new Qwen2Model(checkpoint.config(), checkpoint.load(), engine); RolloutLog.Step of = log.open(step)) {
            Rollouts rollouts = new Rollouts(model, tokenizer, config.rollout(), CACHE_BYTES, checkpoint.generationConfig(), 7);
            return rollouts.sample(prompts, N, 0, new Rollouts.Watch(Optional.of(of), words -> {}, () -> false));
        }
    }

    private static void leave(RolloutLog log, int step, int... indices) {
        try (RolloutLog.Step of = log.open(step)) {
            IntStream.of(indices).forEach(index -> of.add(index, LEFT, "ABC"));
        }
    }

    private static void requireSame(Answer expected, Answer actual, int index) {
        assertArrayEquals(expected.ids(), actual.ids(), "answer " + index);
        assertArrayEquals(expected.sampled(), actual.sampled(), 0f, "answer " + index);
    }

    @Test
    void inFp32OnlyWhatIsMissingIsSampled() {
        RolloutLog log = new RolloutLog(folder.resolve("rollouts"));
        List<Answer> undisturbed = sample(Engine.standard(), log, 1);
        leave(log, 2, 1, 6);
        List<Answer> completed = sample(Engine.standard(), log, 2);
        for (int i = 0; i < 2 * N; i++) {
            if (i == 1 || i == 6) {
                assertArrayEquals(LEFT.ids(), completed.get(i).ids(), "kept");
            } else {
                requireSame(undisturbed.get(i), completed.get(i), i);
            }
        }
    }

    /** Nor do ND4J's kernels promise that a row is added up the same way among few rows and among many. */
    @ParameterizedTest
    @CsvSource({"AUTO, BF16", "AUTO, INT8", "ND4J, FP32"})
    void elsewhereAllAreSampledTogetherUnlessAllAreThere(Engine.Choice kernels, Precision precision) {
        assumeTrue(precision == Precision.FP32 || OneDnn.hasBf16(), "needs AVX-512");
        RolloutLog log = new RolloutLog(folder.resolve("rollouts"));
        List<Answer> undisturbed = sample(Engine.of(kernels, precision), log, 1);
        leave(log, 2, 1, 6);
        List<Answer> again = sample(Engine.of(kernels, precision), log, 2);
        for (int i = 0; i < 2 * N; i++) {
            requireSame(undisturbed.get(i), again.get(i), i);
        }
        try (RolloutLog.Step of = log.open(2)) {
            assertArrayEquals(undisturbed.get(1).ids(), of.get(1).ids(), "a process that is stopped after that finds what was sampled last");
        }
        leave(log, 3, IntStream.range(0, 2 * N).toArray());
        List<Answer> kept = sample(Engine.of(kernels, precision), log, 3);
        assertEquals(2 * N, kept.size());
        assertTrue(kept.stream().allMatch(answer -> answer.text().equals("ABC")), "a whole step is not sampled again");
    }
}
