package thinkj.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import thinkj.model.PagedModel;

/**
 * Logits from a function of the whole sequence as it is read back through its blocks. As a model's keys and values do, what a block holds
 * of a token hangs on all tokens before it: a block that is shared where it should not be is found out. It watches, too, that nobody
 * writes to what others read.
 */
final class FakeDecoder implements Decoder {

    /** What a model would say after these ids. */
    interface Model {
        float[] logits(List<Integer> ids);
    }

    /** What was asked of the decoders of one test. */
    static final class Log {
        final List<Integer> opened = new ArrayList<>();
        final List<Integer> tokensOfSteps = new ArrayList<>();
        int mostRows;
        int copies;
        int closed;
    }

    /** A token and a digest of all that stand before it. */
    private record Entry(int id, int before) {}

    private final Model model;
    private final Log log;
    private final int blockTokens;
    private final Entry[][] blocks;

    private FakeDecoder(Model model, int blocks, int blockTokens, Log log) {
        this.model = model;
        this.blockTokens = blockTokens;
        this.blocks = new Entry[blocks][blockTokens];
        this.log = log;
    }

    static Decoder.Factory factory(Model model, int blockTokens, Log log) {
        return blocks -> {
            log.opened.add(blocks);
            return new FakeDecoder(model, blocks, blockTokens, log);
        };
    }

    @Override
    public Logits step(List<PagedModel.Piece> pieces) {
        requireOwners(pieces);
        List<float[]> logits = new ArrayList<>();
        for (PagedModel.Piece piece : pieces) {
            List<Integer> ids = read(piece);
            write(piece, ids);
            if (piece.logits()) {
                logits.add(model.logits(ids));
            }
        }
        log.mostRows = Math.max(log.mostRows, pieces.size());
        log.tokensOfSteps.add(pieces.stream().mapToInt(piece -> piece.ids().length).sum());
        return (row, into) -> System.arraycopy(logits.get(row), 0, into, 0, into.length);
    }

    private List<Integer> read(PagedModel.Piece piece) {
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < piece.past(); i++) {
            Entry entry = blocks[piece.blocks()[i / blockTokens]][i % blockTokens];
            if (entry == null || entry.before() != ids.hashCode()) {
                throw new IllegalStateException("token " + i + " of " + piece + " is not what stands behind " + ids);
            }
            ids.add(entry.id());
        }
        return ids;
    }

    private void write(PagedModel.Piece piece, List<Integer> ids) {
        if (piece.ids().length == 0) {
            throw new IllegalStateException("an empty piece");
        }
        for (int id : piece.ids()) {
            blocks[piece.blocks()[ids.size() / blockTokens]][ids.size() % blockTokens] = new Entry(id, ids.hashCode());
            ids.add(id);
        }
    }

    private void requireOwners(List<PagedModel.Piece> pieces) {
        Map<Integer, Integer> users = new HashMap<>();
        for (PagedModel.Piece piece : pieces) {
            Set<Integer> once = new HashSet<>();
            for (int block : piece.blocks()) {
                users.merge(block, 1, Integer::sum);
                if (!once.add(block)) {
                    throw new IllegalStateException("a block twice in " + Arrays.toString(piece.blocks()));
                }
            }
        }
        for (PagedModel.Piece piece : pieces) {
            int end = piece.past() + piece.ids().length;
            for (int i = piece.past() / blockTokens; i * blockTokens < end; i++) {
                if (users.get(piece.blocks()[i]) > 1) {
                    throw new IllegalStateException("block " + piece.blocks()[i] + " is written while others read it");
                }
            }
        }
    }

    @Override
    public void copyBlock(int from, int to) {
        blocks[to] = blocks[from].clone();
        log.copies++;
    }

    @Override
    public void close() {
        log.closed++;
    }
}
