package thinkj.data;

import java.util.Arrays;
import java.util.List;

/** Takes tokens out of the middle of pieces until all of them fit. */
final class MiddleCut {

    private MiddleCut() {}

    /**
     * The pieces one after the other, in at most {@code limit} tokens.
     *
     * @param pieces fixed and cuttable ones in turn, beginning and ending with a fixed one
     * @return null if the fixed ones alone are longer
     */
    static int[] fit(List<int[]> pieces, int limit) {
        int fixed = 0;
        for (int i = 0; i < pieces.size(); i += 2) {
            fixed += pieces.get(i).length;
        }
        if (fixed > limit) {
            return null;
        }
        int level = level(pieces, limit - fixed);
        int[] out = new int[limit];
        int n = 0;
        for (int i = 0; i < pieces.size(); i++) {
            int[] piece = pieces.get(i);
            int kept = i % 2 == 0 ? piece.length : Math.min(piece.length, level);
            int head = (kept + 1) / 2;
            System.arraycopy(piece, 0, out, n, head);
            System.arraycopy(piece, piece.length - (kept - head), out, n + head, kept - head);
            n += kept;
        }
        return Arrays.copyOf(out, n);
    }

    /** The greatest length to which the cuttable pieces can be cut so that they fit the room together. */
    private static int level(List<int[]> pieces, int room) {
        int low = 0;
        int high = room;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            long sum = 0;
            for (int i = 1; i < pieces.size(); i += 2) {
                sum += Math.min(pieces.get(i).length, middle);
            }
            if (sum <= room) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
