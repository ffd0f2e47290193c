package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/** {@code y = x / sqrt(mean(x²) + eps) · w} by rows: x [N, D], w [D] → y [N, D] (Zhang and Sennrich, 2019). */
public final class RmsNorm extends GraphOp {

    public RmsNorm() {}

    private RmsNorm(SameDiff sd, double eps, SDVariable... inputs) {
        super(sd, inputs);
        addTArgument(eps);
    }

    public static SDVariable of(SDVariable x, SDVariable w, double eps) {
        return new RmsNorm(x.getSameDiff(), eps, x, w).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_rms_norm";
    }

    @Override
    public int getNumOutputs() {
        return 1;
    }

    @Override
    protected long[][] outputShapes(List<INDArray> in) {
        return new long[][] {in.get(0).shape()};
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out) {
        kernels.rmsNorm(in.get(0), in.get(1), getTArgument(0), out.get(0));
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
        protected long[][] outputShapes(List<INDArray> in) {
            return new long[][] {in.get(1).shape(), in.get(2).shape()};
        }

        @Override
        public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out) {
            kernels.rmsNormGrad(in.get(0), in.get(1), in.get(2), getTArgument(0), out.get(0), out.get(1));
        }

        @Override
        public List<SDVariable> doDiff(List<SDVariable> gradients) {
            throw new UnsupportedOperationException("second derivatives are not defined");
        }
    }
}
