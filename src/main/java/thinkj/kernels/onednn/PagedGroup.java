package thinkj.kernels.onednn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one core computes together: a piece of one sequence, or a token of each of several sequences that begin with the same blocks, such
 * as samples of one prompt, which then gather these blocks' keys and values once.
 *
 * @param members the pieces; of one token each where they are several, and with as many keys
 * @param shared chunks of keys that the members have in common
 */
record PagedGroup(List<PagedPiece> members, int shared) {
    /** Tokens of one group: their scores of common keys are to stay in a core's own cache. */
    private static final int MOST = 16;

    /** Groups for each core, so that none waits long for the last one. */
    private static final int FOR_EACH_CORE = 2;

    /** What may begin alike: so many keys, and the last block of the first chunk. */
    private record Beginning(int keys, int block) {}

    static PagedGroup alone(PagedPiece piece) {
        return new PagedGroup(List.of(piece), 0);
    }

    /** All pieces, those of one sequence in their order. */
    static List<PagedGroup> of(List<PagedPiece> pieces, PagedCall call, int cores) {
        List<PagedGroup> groups = new ArrayList<>();
        Map<Beginning, List<PagedPiece>> alike = new LinkedHashMap<>();
        for (PagedPiece piece : pieces) {
            if (canShare(piece, call)) {
                alike.computeIfAbsent(beginning(piece, call), key -> new ArrayList<>()).add(piece);
            } else {
                groups.add(alone(piece));
            }
        }
        int tokens = alike.values().stream().mapToInt(List::size).sum();
        int most = Math.max(1, Math.min(MOST, tokens / (FOR_EACH_CORE * cores)));
        for (List<PagedPiece> members : alike.values()) {
            for (int from = 0; from < members.size(); from += most) {
                groups.add(sharing(members.subList(from, Math.min(members.size(), from + most)), call));
            }
        }
        return groups;
    }

    /** A group of one head makes products of one row, which oneDNN sums up in another order than those of several. */
    private static boolean canShare(PagedPiece piece, PagedCall call) {
        return piece.rows() == 1
                && piece.from() >= PagedPiece.CHUNKS.size()
                && PagedPiece.CHUNKS.size() % call.where().size() == 0
                && call.heads().group() > 1;
    }

    private static PagedGroup sharing(List<PagedPiece> members, PagedCall call) {
        if (members.size() == 1) {
            return alone(members.get(0));
        }
        int shared = 0;
        while (shareChunk(members, call, shared)) {
            shared++;
        }
        return new PagedGroup(List.copyOf(members), shared);
    }

    private static boolean shareChunk(List<PagedPiece> members, PagedCall call, int chunk) {
        if (members.stream().anyMatch(member -> member.from() < PagedPiece.CHUNKS.first(chunk + 1))) {
            return false;
        }
        int count = blocks(call);
        int[] blocks = call.where().blocks();
        int first = start(members.get(0), call, chunk);
        return members.stream().mapToInt(member -> start(member, call, chunk)).allMatch(start ->
                Arrays.equals(blocks, first, first + count, blocks, start, start + count));
    }

    private static Beginning beginning(PagedPiece piece, PagedCall call) {
        return new Beginning(piece.keys(), call.where().blocks()[start(piece, call, 1) - 1]);
    }

    /** Blocks of a chunk. */
    private static int blocks(PagedCall call) {
        return PagedPiece.CHUNKS.size() / call.where().size();
    }

    /** Where a chunk's blocks start in the list. */
    private static int start(PagedPiece piece, PagedCall call, int chunk) {
        return call.firstBlocks()[piece.sequence()] + chunk * blocks(call);
    }

    PagedPiece first() {
        return members.get(0);
    }
}
