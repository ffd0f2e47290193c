package thinkj.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.checkpoint.Qwen2Config;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.kernels.onednn.OneDnn;
import thinkj.model.PagedModel.Piece;

/** The model over a paged cache: how sequences are cut, where their blocks lie and who shares a step changes nothing. */
class PagedModelTest {
    private final Qwen2Config config = new Qwen2Config(24, 2, 4, 2, 40, 50, 64, 10000, 1e-6, true, Map.of());
    private final Qwen2Model model = new Qwen2Model(config, TestModels.weights(config));
    private final Random random = new Random(5);

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void tokensWithoutRoomAreRefusedAndABlockCanBeUsedAgain() {
        try (PagedModel paged = new PagedModel(model, 2)) {
            int[] blocks = {1};
            float[] fresh = step(paged, new Piece(new int[] {3, 4, 5}, 0, blocks, true));
            Exception refused = assertThrows(
                    IllegalArgumentException.class, () -> paged.step(List.of(new Piece(new int[] {6, 7}, 31, blocks, true))));
            assertEquals("1 blocks of 32 tokens have no room for 31 tokens and 2 more", refused.getMessage());
            refused = assertThrows(IllegalArgumentException.class, () -> paged.step(List.of(new Piece(new int[0], 0, blocks, true))));
            assertEquals("a piece must have at least one token", refused.getMessage());
            assertArrayEquals(fresh, step(paged, new Piece(new int[] {3, 4, 5}, 0, blocks, true)));
        }
    }

    @Test
    void promptsAtOnceLeaveTheSameBehindAsPromptsInPieces() {
        int[] first = ids(21);
        int[] second = ids(34);
        try (PagedModel atOnce = new PagedModel(model, 4); PagedModel inPieces = new PagedModel(model, 9)) {
            float[] together = step(atOnce, new Piece(first, 0, new int[] {0}, true), new Piece(second, 0, new int[] {1, 3}, true));
            assertNull(inPieces.step(List.of(
                    new Piece(Arrays.copyOf(first, 10), 0, new int[] {8}, false),
                    new Piece(Arrays.copyOf(second, 14), 0, new int[] {7}, false))));
            float[] pieced = step(
                    inPieces,
                    new Piece(Arrays.copyOfRange(first, 10, 21), 10, new int[] {8}, true),
                    new Piece(Arrays.copyOfRange(second, 14, 34), 14, new int[] {7, 2}, true));
            // Products over other numbers of rows may round differently, nothing else.
            assertArrayEquals(together, pieced, 2e-5f);
            float[] next = step(
                    atOnce, new Piece(new int[] {5}, 21, new int[] {0}, true), new Piece(new int[] {6}, 34, new int[] {1, 3}, true));
            assertArrayEquals(
                    next,
                    step(inPieces, new Piece(new int[] {5}, 21, new int[] {8}, true), new Piece(new int[] {6}, 34, new int[] {7, 2}, true)),
                    2e-5f);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void aCopiedBlockServesAnotherSequenceAndOnlyWantedRowsHaveLogits(Precision precision) {
        assumeTrue(precision == Precision.FP32 || OneDnn.hasBf16(), "bf16 needs a CPU with AVX-512");
        int[] prompt = ids(40);
        try (Qwen2Model one = new Qwen2Model(config, TestModels.weights(config), Engine.of(Engine.Choice.AUTO, precision));
                PagedModel paged = new PagedModel(one, 5)) {
            paged.step(List.of(new Piece(prompt, 0, new int[] {0, 1}, false)));
            paged.copyBlock(1, 4);
            float[] both = step(
                    paged,
                    new Piece(new int[] {5}, 40, new int[] {0, 1}, true),
                    new Piece(ids(3), 0, new int[] {2}, false),
                    new Piece(new int[] {5}, 40, new int[] {0, 4}, true));
            assertEquals(2 * config.vocabSize(), both.length);
            assertArrayEquals(Arrays.copyOf(both, 50), Arrays.copyOfRange(both, 50, 100));
        }
    }

    @Test
    void aTokensLogitsAreTheSameToTheBitHoweverItsSequenceWasFedAndWhoeverSharedTheSteps() {
        assumeTrue(OneDnn.problem().isEmpty(), () -> "needs oneDNN: " + OneDnn.problem().orElseThrow());
        for (Qwen2Config shape : new Qwen2Config[] {config, wide()}) {
            try (Qwen2Model one = new Qwen2Model(shape, TestModels.weights(shape))) {
                int[][] sequences = {ids(90), ids(150), ids(33), ids(5)};
                float[][][] expected = new float[sequences.length][][];
                for (int s = 0; s < sequences.length; s++) {
                    expected[s] = decoded(one, sequences[s]);
                }
                for (int schedule = 0; schedule < 6; schedule++) {
                    checkSchedule(one, sequences, expected);
                }
            }
        }
    }

    /** Logits after every token, fed one by one with nobody else. */
    private static float[][] decoded(Qwen2Model model, int[] sequence) {
        float[][] logits = new float[sequence.length][];
        try (PagedModel paged = new PagedModel(model, 5)) {
            for (int t = 0; t < sequence.length; t++) {
                logits[t] = step(paged, new Piece(new int[] {sequence[t]}, t, new int[] {3, 1, 4, 0, 2}, true));
            }
        }
        return logits;
    }

    /** All sequences at once, cut anyhow, some waiting now and then. */
    private void checkSchedule(Qwen2Model model, int[][] sequences, float[][][] expected) {
        int[] fed = new int[sequences.length];
        int chunk = 1 + random.nextInt(100);
        try (PagedModel paged = new PagedModel(model, 5 * sequences.length)) {
            while (IntStream.range(0, fed.length).anyMatch(s -> fed[s] < sequences[s].length)) {
                List<Piece> pieces = new ArrayList<>();
                for (int s = 0; s < fed.length; s++) {
                    int count = Math.min(random.nextInt(3) == 0 ? 1 : random.nextInt(chunk + 1), sequences[s].length - fed[s]);
                    if (count > 0) {
                        boolean logits = random.nextBoolean();
                        int[] blocks = IntStream.range(5 * s, 5 * s + 5).toArray();
                        pieces.add(new Piece(Arrays.copyOfRange(sequences[s], fed[s], fed[s] + count), fed[s], blocks, logits));
                        fed[s] += count;
                    }
                }
                Collections.shuffle(pieces, random);
                check(paged, pieces, expected);
            }
        }
    }

    private static void check(PagedModel paged, List<Piece> pieces, float[][][] expected) {
        if (pieces.isEmpty()) {
            return;
        }
        INDArray logits = paged.step(pieces);
        int row = 0;
        for (Piece piece : pieces) {
            if (piece.logits()) {
                float[] actual = logits.getRow(row++).dup().data().asFloat();
                assertArrayEquals(expected[piece.blocks()[0] / 5][piece.past() + piece.ids().length - 1], actual, 0);
            }
        }
    }

    /** Heads, groups and widths as in real models, with biases, untied, one query head a group. */
    private static Qwen2Config wide() {
        return new Qwen2Config(256, 2, 4, 4, 1376, 300, 512, 1e6, 1e-6, false, Map.of());
    }

    private static float[] step(PagedModel paged, Piece... pieces) {
        return paged.step(List.of(pieces)).dup().data().asFloat();
    }

    private int[] ids(int length) {
        return random.ints(length, 0, config.vocabSize()).toArray();
    }
}
