package thinkj.generate;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.model.PagedModel;
import thinkj.model.Qwen2Model;

/** The decoder over the real model: each slot owns as many blocks of the cache as its capacity takes. */
final class CachedDecoder implements Decoder {
    private final PagedModel model;
    private final int blocksOfSlot;
    private final int[] lengths;

    CachedDecoder(Qwen2Model model, int slots, int capacity) {
        blocksOfSlot = (capacity + PagedModel.BLOCK - 1) / PagedModel.BLOCK;
        lengths = new int[slots];
        this.model = new PagedModel(model, slots * blocksOfSlot);
    }

    @Override
    public Logits step(int[] slots, int[][] newIds) {
        List<PagedModel.Piece> pieces = new ArrayList<>();
        for (int i = 0; i < slots.length; i++) {
            int[] blocks = IntStream.range(slots[i] * blocksOfSlot, (slots[i] + 1) * blocksOfSlot).toArray();
            pieces.add(new PagedModel.Piece(newIds[i], lengths[slots[i]], blocks, true));
        }
        INDArray logits = model.step(pieces);
        for (int i = 0; i < slots.length; i++) {
            lengths[slots[i]] += newIds[i].length;
        }
        return new ArrayLogits(logits);
    }

    @Override
    public void release(int slot) {
        lengths[slot] = 0;
    }

    @Override
    public void close() {
        model.close();
    }

    private record ArrayLogits(FloatBuffer values) implements Logits {

        ArrayLogits(INDArray array) {
            this(array.data().asNioFloat());
        }

        @Override
        public void copyRow(int row, float[] into) {
            values.get(row * into.length, into);
        }

        @Override
        public void close() {
            // The array is the model's own.
        }
    }
}
