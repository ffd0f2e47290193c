package thinkj.generate;

import java.nio.FloatBuffer;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.model.PagedModel;
import thinkj.model.Qwen2Model;

/** The decoder over the real model. */
final class PagedDecoder implements Decoder {
    private final PagedModel model;

    PagedDecoder(Qwen2Model model, int blocks) {
        this.model = new PagedModel(model, blocks);
    }

    @Override
    public Logits step(List<PagedModel.Piece> pieces) {
        INDArray logits = model.step(pieces);
        if (logits == null) {
            return (row, into) -> {
                throw new IllegalStateException("no piece asked for logits");
            };
        }
        FloatBuffer values = logits.data().asNioFloat();
        return (row, into) -> values.get(row * into.length, into);
    }

    @Override
    public void copyBlock(int from, int to) {
        model.copyBlock(from, to);
    }

    @Override
    public void close() {
        model.close();
    }
}
