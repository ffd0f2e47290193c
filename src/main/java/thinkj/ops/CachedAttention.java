package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Heads;
import thinkj.kernels.Kernels;

/**
 * {@link Attention} of new tokens over a KV cache, which it extends in place: q [N, H · d], k and v [N, K · d], borders [S + 1], past
 * lengths [S], slots [S], key and value cache [slots, capacity, K · d] → [N, H · d]. For decoding: it has no gradient.
 */
public final class CachedAttention extends GraphOp {

    public CachedAttention() {}

    private CachedAttention(SameDiff sd, Heads heads, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(heads.query(), heads.keyValue(), heads.size());
    }

    /** @param cache past lengths, slots, key cache, value cache */
    public static SDVariable of(SDVariable q, SDVariable k, SDVariable v, SDVariable starts, SDVariable[] cache, Heads heads) {
        return new CachedAttention(q.getSameDiff(), heads, q, k, v, starts, cache[0], cache[1], cache[2], cache[3]).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_cached_attention";
    }

    @Override
    public int getNumOutputs() {
        return 1;
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
        kernels.cachedAttention(
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

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        throw new UnsupportedOperationException("attention over a cache has no gradient");
    }
}
