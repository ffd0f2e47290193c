package thinkj.ops;

import java.util.Collections;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Heads;
import thinkj.kernels.Kernels;

/**
 * Queries, keys and values of one projection, taken apart, queries and keys rotated as by {@link Rotary}: qkv [N, (H + 2K) · d], cos and
 * sin [N, d / 2] → q [N, H · d], k and v [N, K · d]. For generation: it has no gradient.
 */
public final class HeadSplit extends GraphOp {

    public HeadSplit() {}

    private HeadSplit(SameDiff sd, Heads heads, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(heads.query(), heads.keyValue(), heads.size());
    }

    /** @return q, k, v */
    public static SDVariable[] of(SDVariable qkv, SDVariable cos, SDVariable sin, Heads heads) {
        return new HeadSplit(qkv.getSameDiff(), heads, qkv, cos, sin).outputVariables();
    }

    @Override
    public String opName() {
        return "thinkj_head_split";
    }

    @Override
    public int getNumOutputs() {
        return 3;
    }

    @Override
    public long[][] outputShapes(List<long[]> in) {
        Heads heads = Attention.heads(this);
        long n = in.get(0)[0];
        long[] keys = {n, (long) heads.keyValue() * heads.size()};
        return new long[][] {{n, (long) heads.query() * heads.size()}, keys, keys.clone()};
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return Collections.nCopies(3, in.get(0));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.splitHeads(in.get(0), in.get(1), in.get(2), out.get(0), out.get(1), out.get(2));
    }
}
