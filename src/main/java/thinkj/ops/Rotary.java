package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/**
 * Rotary position embedding, halves convention: x [N, heads · d], cos and sin [N, d / 2] → [N, heads · d] (Su et al., 2021).
 *
 * <p>A rotation's gradient is the rotation back, so the node is its own gradient.
 */
public final class Rotary extends GraphOp {

    public Rotary() {}

    private Rotary(SameDiff sd, boolean inverse, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(inverse ? 1 : 0);
    }

    public static SDVariable of(SDVariable x, SDVariable cos, SDVariable sin) {
        return new Rotary(x.getSameDiff(), false, x, cos, sin).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_rotary";
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.rotary(in.get(0), in.get(1), in.get(2), getIArgument(0) == 1, out.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        boolean inverse = getIArgument(0) == 1;
        return List.of(new Rotary(sameDiff, !inverse, dy.get(0), arg(1), arg(2)).outputVariable());
    }
}
