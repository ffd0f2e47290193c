package thinkj.kernels.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import thinkj.kernels.Heads;

/** Puts minus infinity on scores of keys behind each token's own. */
final class HiddenKeys {
    private float[] hidden = {};
    private FloatBuffer scores;
    private long scoresAt;
    private long scoresBytes;

    /**
     * For the tokens of a piece.
     *
     * @param rows tokens that scores have room for
     * @param at address of the scores, [K, rows · G, keys]
     */
    void hideLater(Heads heads, PagedPiece piece, int rows, long at, long bytes) {
        place(at, bytes);
        for (int row = 0; row < piece.rows(); row++) {
            hide(heads, row, rows, piece.from() + row + 1, piece.keys());
        }
    }

    /** As {@link #hideLater(Heads, PagedPiece, int, long, long)}, for pieces of one token each. */
    void hideLater(Heads heads, List<PagedPiece> tokens, int rows, long at, long bytes) {
        place(at, bytes);
        for (int row = 0; row < tokens.size(); row++) {
            hide(heads, row, rows, tokens.get(row).from() + 1, tokens.get(row).keys());
        }
    }

    /**
     * For some tokens of one key and value head.
     *
     * @param group query heads
     * @param from position of the first token
     * @param at address of the scores, [tokens · group, keys]
     */
    void hideLater(int group, int from, int tokens, int keys, long at, long bytes) {
        place(at, bytes);
        for (int token = 0; token < tokens; token++) {
            hide(token * group, group, from + token + 1, keys);
        }
    }

    private void place(long at, long bytes) {
        if (at != scoresAt || bytes > scoresBytes) {
            scores = Memory.buffer(at, bytes).asFloatBuffer();
            scoresAt = at;
            scoresBytes = bytes;
        }
    }

    private void hide(Heads heads, int row, int rows, int seen, int keys) {
        for (int head = 0; head < heads.keyValue(); head++) {
            hide((head * rows + row) * heads.group(), heads.group(), seen, keys);
        }
    }

    private void hide(int line, int lines, int seen, int keys) {
        if (seen >= keys) {
            return;
        }
        if (hidden.length < keys - seen) {
            hidden = new float[2 * (keys - seen)];
            Arrays.fill(hidden, Float.NEGATIVE_INFINITY);
        }
        for (int i = line; i < line + lines; i++) {
            scores.put(i * keys + seen, hidden, 0, keys - seen);
        }
    }
}
