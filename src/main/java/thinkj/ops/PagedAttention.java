package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Heads;
import thinkj.kernels.Kernels;

/**
 * {@link Attention} of new tokens over a paged KV cache, which it extends in place: q [N, H · d], k and v [N, K · d], borders [S + 1], past
 * lengths [S], numbers of blocks (see {@link thinkj.kernels.PagedRows}), key and value cache [blocks, tokens of a block, K · d] → [N, H · d].
 * For generation: it has no gradient.
 */
public final class PagedAttention extends GraphOp {

    public PagedAttention() {}

    private PagedAttention(SameDiff sd, Heads heads, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(heads.query(), heads.keyValue(), heads.size());
    }

    /** @param cache past lengths, blocks, key cache, value cache */
    public static SDVariable of(SDVariable q, SDVariable k, SDVariable v, SDVariable starts, SDVariable[] cache, Heads heads) {
        return new PagedAttention(q.getSameDiff(), heads, q, k, v, starts, cache[0], cache[1], cache[2], cache[3]).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_paged_attention";
    }

    @Override
    public long[][] outputShapes(List<long[]> in) {
        return new long[][] {in.get(0)};
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.pagedAttention(
                in.get(0),
                in.get(1),
                in.get(2),
                in.get(3),
                in.get(4),
                in.get(5),
                in.get(6),
                in.get(7),
                Attention.heads(this),
                out.get(0));
    }
}
