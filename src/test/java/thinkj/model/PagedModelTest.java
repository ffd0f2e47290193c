package thinkj.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import thinkj.checkpoint.Qwen2Config;
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

    @Test
    void aCopiedBlockServesAnotherSequenceAndOnlyWantedRowsHaveLogits() {
        int[] prompt = ids(40);
        try (PagedModel paged = new PagedModel(model, 5)) {
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

    private static float[] step(PagedModel paged, Piece... pieces) {
        return paged.step(List.of(pieces)).dup().data().asFloat();
    }

    private int[] ids(int length) {
        return random.ints(length, 0, config.vocabSize()).toArray();
    }
}
