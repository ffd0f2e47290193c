package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/**
 * {@link SwiGlu} of two projections, without a gradient: x [N, D], gate and up of [F, D], which may be packed
 * ({@link thinkj.kernels.Packing}) → [N, F].
 */
public final class GatedProjection extends GraphOp {

    public GatedProjection() {}

    private GatedProjection(SameDiff sd, DataType type, long out, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(type.toInt());
        addIArgument(out);
    }

    /**
     * @param out F
     * @param type of the result
     */
    public static SDVariable of(SDVariable x, SDVariable gate, SDVariable up, long out, DataType type) {
        return new GatedProjection(x.getSameDiff(), type, out, x, gate, up).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_gated_projection";
    }

    @Override
    public long[][] outputShapes(List<long[]> in) {
        return new long[][] {{in.get(0)[0], getIArgument(1)}};
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return List.of(DataType.fromInt(getIArgument(0).intValue()));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.gatedProject(in.get(0), in.get(1), in.get(2), out.get(0));
    }

    @Override
    public Runnable prepare(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        return kernels.preparedGatedProject(in.get(0), in.get(1), in.get(2), out.get(0));
    }
}
