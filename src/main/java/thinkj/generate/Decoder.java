package thinkj.generate;

import java.util.List;
import thinkj.model.PagedModel;

/** What the scheduler needs of a model whose KV cache lies in blocks. */
interface Decoder extends AutoCloseable {

    /** Opens decoders with memory for so many blocks. */
    @FunctionalInterface
    interface Factory {
        Decoder open(int blocks);
    }

    /** Raw logits of one step, good until the next. */
    @FunctionalInterface
    interface Logits {

        /** Copies the row of one of the pieces that asked for logits, counted among those alone, [V]. Several threads may do so at once. */
        void copyRow(int row, float[] into);
    }

    /** Feeds pieces of sequences in one pass. */
    Logits step(List<PagedModel.Piece> pieces);

    /** Makes one block hold what another does. */
    void copyBlock(int from, int to);

    @Override
    void close();
}
