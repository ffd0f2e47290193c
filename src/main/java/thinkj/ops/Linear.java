package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/** {@code y = x·wᵀ + b}: x [N, in], w [out, in], optional b [out] → y [N, out]. */
public final class Linear extends GraphOp {

    public Linear() {}

    private Linear(SameDiff sd, SDVariable... inputs) {
        super(sd, inputs);
    }

    public static SDVariable of(SDVariable x, SDVariable w) {
        return new Linear(x.getSameDiff(), x, w).outputVariable();
    }

    public static SDVariable of(SDVariable x, SDVariable w, SDVariable b) {
        return new Linear(x.getSameDiff(), x, w, b).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_linear";
    }

    @Override
    public int getNumOutputs() {
        return 1;
    }

    @Override
    protected long[][] outputShapes(List<INDArray> in) {
        return new long[][] {{in.get(0).size(0), in.get(1).size(0)}};
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out) {
        kernels.linear(in.get(0), in.get(1), in.size() == 3 ? in.get(2) : null, out.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        return List.of(new Grad(sameDiff, args().length == 3, dy.get(0), arg(0), arg(1)).outputVariables());
    }

    /** dy, x, w → dx, dw and, for a linear with bias, db. */
    public static final class Grad extends GraphOp {

        public Grad() {}

        private Grad(SameDiff sd, boolean bias, SDVariable... inputs) {
            super(sd, inputs);
            addIArgument(bias ? 1 : 0);
        }

        @Override
        public String opName() {
            return "thinkj_linear_grad";
        }

        private boolean bias() {
            return getIArgument(0) == 1;
        }

        @Override
        public int getNumOutputs() {
            return bias() ? 3 : 2;
        }

        @Override
        protected long[][] outputShapes(List<INDArray> in) {
            long[] x = in.get(1).shape();
            long[] w = in.get(2).shape();
            return bias() ? new long[][] {x, w, {w[0]}} : new long[][] {x, w};
        }

        @Override
        public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out) {
            kernels.linearGrad(in.get(0), in.get(1), in.get(2), out.get(0), out.get(1), bias() ? out.get(2) : null);
        }

        @Override
        public List<SDVariable> doDiff(List<SDVariable> gradients) {
            throw new UnsupportedOperationException("second derivatives are not defined");
        }
    }
}
