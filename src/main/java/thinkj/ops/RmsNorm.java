package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/** {@code y = x / sqrt(mean(x²) + eps) · w} by rows: x [N, D], w [D] → y [N, D] (Zhang and Sennrich, 2019). */
public final class RmsNorm extends GraphOp {

    public RmsNorm() {}

    private RmsNorm(SameDiff sd, double eps, DataType type, SDVariable... inputs) {
        super(sd, inputs);
        addTArgument(eps);
        addIArgument(type.toInt());
    }

    /** @param type of y; the inside and the gradient are fp32 */
    public static SDVariable of(SDVariable x, SDVariable w, double eps, DataType type) {
        return new RmsNorm(x.getSameDiff(), eps, type, x, w).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_rms_norm";
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return List.of(DataType.fromInt(getIArgument(0).intValue()));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.rmsNorm(in.get(0), in.get(1), getTArgument(0), out.get(0));
    }

    @Override
    public Runnable prepare(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        return kernels.preparedRmsNorm(in.get(0), in.get(1), getTArgument(0), out.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        return List.of(new Grad(sameDiff, getTArgument(0), dy.get(0), arg(0), arg(1)).outputVariables());
    }

    /** dy, x, w → dx, dw. */
    public static final class Grad extends GraphOp {

        public Grad() {}

        private Grad(SameDiff sd, double eps, SDVariable... inputs) {
            super(sd, inputs);
            addTArgument(eps);
        }

        @Override
        public String opName() {
            return "thinkj_rms_norm_grad";
        }

        @Override
        public int getNumOutputs() {
            return 2;
        }

        @Override
        public long[][] outputShapes(List<long[]> in) {
            return new long[][] {in.get(1), in.get(2)};
        }

        /** Weights' gradients, where they are not trained. */
        @Override
        public boolean canSkip(int output) {
            return output == 1;
        }

        @Override
        public boolean canAdd(int output) {
            return true;
        }

        @Override
        public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
            kernels.rmsNormGrad(
                    in.get(0), in.get(1), in.get(2), getTArgument(0), out.get(0), add[0], out.get(1), add[1]);
        }
    }
}
