package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/**
 * {@link Linear} without a gradient, whose weights may be packed ({@link thinkj.kernels.Packing}): x [N, in], weights of [out, in],
 * optional b [out], optional residual [N, out] → y [N, out].
 */
public final class Projection extends GraphOp {

    public Projection() {}

    private Projection(boolean bias, boolean residual, DataType type, long out, SDVariable... inputs) {
        super(inputs[0].getSameDiff(), inputs);
        addIArgument(bias ? 1 : 0, residual ? 1 : 0, type.toInt());
        addIArgument(out);
    }

    /**
     * @param b null for none
     * @param out width of y
     * @param type of y
     */
    public static SDVariable of(SDVariable x, SDVariable w, SDVariable b, long out, DataType type) {
        Projection node = b == null ? new Projection(false, false, type, out, x, w) : new Projection(true, false, type, out, x, w, b);
        return node.outputVariable();
    }

    /** Back onto the residual stream, fp32 [N, out]. */
    public static SDVariable onto(SDVariable residual, SDVariable x, SDVariable w, long out) {
        return new Projection(false, true, DataType.FLOAT, out, x, w, residual).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_projection";
    }

    private boolean bias() {
        return getIArgument(0) == 1;
    }

    private boolean residual() {
        return getIArgument(1) == 1;
    }

    @Override
    public long[][] outputShapes(List<long[]> in) {
        return new long[][] {{in.get(0)[0], getIArgument(3)}};
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return List.of(DataType.fromInt(getIArgument(2).intValue()));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.project(in.get(0), in.get(1), bias() ? in.get(2) : null, residual() ? in.get(in.size() - 1) : null, out.get(0));
    }

    @Override
    public Runnable prepare(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        return kernels.preparedProject(in.get(0), in.get(1), bias() ? in.get(2) : null, residual() ? in.get(in.size() - 1) : null, out.get(0));
    }
}
