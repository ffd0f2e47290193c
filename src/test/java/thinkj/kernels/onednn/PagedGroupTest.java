package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import thinkj.kernels.Heads;
import thinkj.kernels.PagedRows;

class PagedGroupTest {
    private static final int BLOCK = 32;
    private static final Heads HEADS = new Heads(4, 2, 8);

    /** A new token of each sequence behind {@code past} tokens, the first {@code common} blocks being the same ones for all. */
    private static List<PagedGroup> groups(Heads heads, int block, int cores, int[] past, int... common) {
        int[] blocks = IntStream.range(0, past.length)
                .flatMap(s -> IntStream.range(0, past[s] / block + 1).map(i -> i < common[s] ? i : 1000 * (s + 1) + i))
                .toArray();
        PagedRows where = new PagedRows(IntStream.rangeClosed(0, past.length).toArray(), past, blocks, block);
        PagedCall call = new PagedCall(heads, DataType.FLOAT, where, where.firstBlocks(), 0, 0, 0, 0);
        List<PagedPiece> pieces = new ArrayList<>();
        for (int s = 0; s < past.length; s++) {
            PagedPiece.cut(s, DataType.FLOAT, past[s], past[s] + 1, pieces);
        }
        return PagedGroup.of(pieces, call, cores);
    }

    private static String told(List<PagedGroup> groups) {
        return groups.stream()
                .map(group -> group.members().stream().map(PagedPiece::sequence).toList() + ":" + group.shared())
                .toList()
                .toString();
    }

    @Test
    void tokensThatBeginAlikeShareTheChunksThatAllHaveInCommon() {
        int[] past = {600, 610, 620, 640, 600, 600};
        assertEquals("[[0, 1, 2]:1, [3]:0, [4]:0, [5]:0]", told(groups(HEADS, BLOCK, 1, past, 16, 16, 9, 16, 0, 0)), "one more key than 640: 3");
        assertEquals("[[0, 1, 2]:2, [3]:0, [4]:0, [5]:0]", told(groups(HEADS, BLOCK, 1, past, 16, 17, 16, 16, 0, 0)));
    }

    @Test
    void aChunkThatTheNewTokensAreAmongIsTheirOwn() {
        assertEquals("[[0, 1]:1]", told(groups(HEADS, BLOCK, 1, new int[] {500, 511, 500, 500}, 15, 15, 0, 0)).replaceAll(", \\[[23]]:0", ""));
    }

    @Test
    void nothingIsSharedBelowAChunkNorByOtherSizesOfBlocksNorByGroupsOfOneHead() {
        assertEquals("[[0]:0, [1]:0]", told(groups(HEADS, BLOCK, 1, new int[] {200, 200}, 6, 6)));
        assertEquals("[[0]:0, [1]:0]", told(groups(HEADS, 48, 1, new int[] {600, 600}, 12, 12)));
        assertEquals("[[0]:0, [1]:0]", told(groups(new Heads(4, 4, 8), BLOCK, 1, new int[] {600, 600}, 16, 16)));
    }

    @Test
    void samplesOfOnePromptAreDividedAmongTheCores() {
        int[] past = IntStream.generate(() -> 600).limit(16).toArray();
        int[] common = IntStream.generate(() -> 16).limit(16).toArray();
        List<Integer> sizes = groups(HEADS, BLOCK, 2, past, common).stream().map(group -> group.members().size()).toList();
        assertEquals(List.of(4, 4, 4, 4), sizes);
    }
}
