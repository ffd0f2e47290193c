package thinkj.generate;

import java.nio.FloatBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.model.CachedModel;
import thinkj.model.Qwen2Model;

/** The decoder over the real model. */
final class CachedDecoder implements Decoder {
    private final CachedModel model;

    CachedDecoder(Qwen2Model model, int slots, int capacity) {
        this.model = new CachedModel(model, slots, capacity);
    }

    @Override
    public Logits step(int[] slots, int[][] newIds) {
        return new ArrayLogits(model.step(slots, newIds));
    }

    @Override
    public void release(int slot) {
        model.release(slot);
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
