package thinkj.model;

import java.util.Arrays;
import java.util.List;

/**
 * Pieces of sequences, packed one after the other for {@link PagedModel}.
 *
 * @param ids token ids, [N]; behind those of the last piece, whatever makes N one of a few numbers
 * @param positions position of each token in its sequence, [N]
 * @param starts where each piece starts, and where the last one ends, [S + 1]; there may be empty ones behind the last
 * @param past tokens before each piece, [S]
 * @param blocks blocks of all sequences, one sequence's after the other's
 * @param rows rows whose logits are wanted, [M]; behind them, whatever makes M one of a few numbers
 * @param wanted how many are
 */
record PagedBatch(int[] ids, int[] positions, int[] starts, int[] past, int[] blocks, int[] rows, int wanted) {

    /** @param leastRows what products have at least, the vocabulary's too */
    static PagedBatch of(List<PagedModel.Piece> pieces, int leastRows) {
        int tokens = pieces.stream().mapToInt(piece -> piece.ids().length).sum();
        int[] ids = new int[Math.max(leastRows, rounded(tokens))];
        int[] positions = new int[ids.length];
        int[] past = new int[rounded(pieces.size())];
        int[] starts = new int[past.length + 1];
        int[] blocks = new int[roundedUp(pieces.stream().mapToInt(PagedBatch::blocks).sum())];
        int wanted = (int) pieces.stream().filter(PagedModel.Piece::logits).count();
        int[] rows = new int[Math.max(leastRows, rounded(Math.max(1, wanted)))];
        int at = 0;
        int block = 0;
        int row = 0;
        for (int s = 0; s < pieces.size(); s++) {
            PagedModel.Piece piece = pieces.get(s);
            requireRoom(piece);
            System.arraycopy(piece.ids(), 0, ids, at, piece.ids().length);
            for (int i = 0; i < piece.ids().length; i++) {
                positions[at + i] = piece.past() + i;
            }
            System.arraycopy(piece.blocks(), 0, blocks, block, blocks(piece));
            past[s] = piece.past();
            at += piece.ids().length;
            block += blocks(piece);
            starts[s + 1] = at;
            if (piece.logits()) {
                rows[row++] = at - 1;
            }
        }
        Arrays.fill(starts, pieces.size() + 1, starts.length, at);
        return new PagedBatch(ids, positions, starts, past, blocks, rows, wanted);
    }

    private static void requireRoom(PagedModel.Piece piece) {
        if (piece.ids().length == 0) {
            throw new IllegalArgumentException("a piece must have at least one token");
        }
        if (piece.blocks().length < blocks(piece)) {
            throw new IllegalArgumentException(piece.blocks().length + " blocks of " + PagedModel.BLOCK + " tokens have no room for "
                    + piece.past() + " tokens and " + piece.ids().length + " more");
        }
    }

    private static int blocks(PagedModel.Piece piece) {
        return (piece.past() + piece.ids().length + PagedModel.BLOCK - 1) / PagedModel.BLOCK;
    }

    /** Numbers of tokens and of sequences are made less various: what is prepared for one then serves many batches. */
    private static int rounded(int tokens) {
        int step = Math.max(1, Integer.highestOneBit(tokens) / 16);
        return (tokens + step - 1) / step * step;
    }

    /** The next power of two. */
    private static int roundedUp(int blocks) {
        return blocks == 1 ? 1 : 2 * Integer.highestOneBit(blocks - 1);
    }

    void fill(InputArrays inputs, RotaryTable rotary) {
        long[] tables = {ids.length, rotary.width()};
        inputs.put(Qwen2Graph.INPUT_IDS, ids);
        inputs.put(Qwen2Graph.STARTS, starts);
        inputs.put(Qwen2Graph.COS, rotary.cos(positions), tables);
        inputs.put(Qwen2Graph.SIN, rotary.sin(positions), tables);
        inputs.put(Qwen2Graph.ROWS, rows);
        inputs.put(Qwen2Graph.PAST, past);
        inputs.put(Qwen2Graph.BLOCKS, blocks);
    }
}
