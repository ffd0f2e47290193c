package thinkj.ops;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/** {@code y = x·wᵀ + b + residual}: x [N, in], w [out, in], optional b [out], optional residual [N, out] → y [N, out]. */
public final class Linear extends GraphOp {

    public Linear() {}

    private Linear(boolean bias, boolean residual, DataType type, SDVariable... inputs) {
        super(inputs[0].getSameDiff(), inputs);
        addIArgument(bias ? 1 : 0, residual ? 1 : 0, type.toInt());
    }

    public static SDVariable of(SDVariable x, SDVariable w) {
        return of(x, w, null, DataType.FLOAT);
    }

    public static SDVariable of(SDVariable x, SDVariable w, SDVariable b) {
        return of(x, w, b, DataType.FLOAT);
    }

    /**
     * A projection of what others read too: its gradient for x is one of several to be added up, and so fp32.
     *
     * @param b null for none
     * @param type of y
     */
    public static SDVariable of(SDVariable x, SDVariable w, SDVariable b, DataType type) {
        Linear linear = b == null ? new Linear(false, false, type, x, w) : new Linear(true, false, type, x, w, b);
        return linear.outputVariable();
    }

    /** A projection, of what nothing else reads, back onto the residual stream: fp32, and the gradient for x has x's type. */
    public static SDVariable onto(SDVariable residual, SDVariable x, SDVariable w) {
        return new Linear(false, true, DataType.FLOAT, x, w, residual).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_linear";
    }

    private boolean bias() {
        return getIArgument(0) == 1;
    }

    private boolean residual() {
        return getIArgument(1) == 1;
    }

    @Override
    public long[][] outputShapes(List<long[]> in) {
        return new long[][] {{in.get(0)[0], in.get(1)[0]}};
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return List.of(DataType.fromInt(getIArgument(2).intValue()));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.linear(in.get(0), in.get(1), bias() ? in.get(2) : null, residual() ? in.get(in.size() - 1) : null, out.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        List<SDVariable> gradients = new ArrayList<>();
        gradients.addAll(List.of(new Grad(sameDiff, bias(), residual(), dy.get(0), arg(0), arg(1)).outputVariables()));
        if (residual()) {
            // A name of its own: SameDiff renames what it is given to the input's gradient.
            gradients.add(sameDiff.identity(dy.get(0)));
        }
        return gradients;
    }

    /** dy, x, w → dx, dw and, for a linear with bias, db. */
    public static final class Grad extends GraphOp {

        public Grad() {}

        private Grad(SameDiff sd, boolean bias, boolean typeOfX, SDVariable... inputs) {
            super(sd, inputs);
            addIArgument(bias ? 1 : 0, typeOfX ? 1 : 0);
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
        public long[][] outputShapes(List<long[]> in) {
            long[] x = in.get(1);
            long[] w = in.get(2);
            return bias() ? new long[][] {x, w, {w[0]}} : new long[][] {x, w};
        }

        @Override
        protected List<DataType> outputTypes(List<DataType> in) {
            DataType dx = getIArgument(1) == 1 ? in.get(1) : DataType.FLOAT;
            return bias() ? List.of(dx, DataType.FLOAT, DataType.FLOAT) : List.of(dx, DataType.FLOAT);
        }

        @Override
        public boolean canAdd(int output) {
            return output > 0 || getIArgument(1) == 0;
        }

        @Override
        public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
            boolean addW = add[1];
            if (bias() && add[2] != add[1]) {
                // The kernels have one flag for both: what is to be overwritten starts from zero.
                out.get(add[1] ? 2 : 1).assign(0);
                addW = true;
            }
            kernels.linearGrad(in.get(0), in.get(1), in.get(2), out.get(0), add[0], out.get(1), bias() ? out.get(2) : null, addW);
        }
    }
}
