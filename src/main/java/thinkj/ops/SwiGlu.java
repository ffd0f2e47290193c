package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/** {@code y = silu(gate) · up}: all [N, F] (Shazeer, 2020). */
public final class SwiGlu extends GraphOp {

    public SwiGlu() {}

    private SwiGlu(SameDiff sd, SDVariable... inputs) {
        super(sd, inputs);
    }

    public static SDVariable of(SDVariable gate, SDVariable up) {
        return new SwiGlu(gate.getSameDiff(), gate, up).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_swiglu";
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.swiGlu(in.get(0), in.get(1), out.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        return List.of(new Grad(sameDiff, dy.get(0), arg(0), arg(1)).outputVariables());
    }

    /** dy, gate, up → dGate, dUp. */
    public static final class Grad extends GraphOp {

        public Grad() {}

        private Grad(SameDiff sd, SDVariable... inputs) {
            super(sd, inputs);
        }

        @Override
        public String opName() {
            return "thinkj_swiglu_grad";
        }

        @Override
        public int getNumOutputs() {
            return 2;
        }

        @Override
        public long[][] outputShapes(List<long[]> in) {
            return new long[][] {in.get(0), in.get(0)};
        }

        @Override
        protected List<DataType> outputTypes(List<DataType> in) {
            return List.of(in.get(1), in.get(2));
        }

        @Override
        public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
            kernels.swiGluGrad(in.get(0), in.get(1), in.get(2), out.get(0), out.get(1));
        }
    }
}
