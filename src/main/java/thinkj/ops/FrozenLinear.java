package thinkj.ops;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/**
 * {@link Linear} with weights that are not trained: x [N, in], optional residual [N, out], then {@link Frozen} → y [N, out]. Its backward
 * pass needs the weights alone, so that x need not be kept.
 */
public final class FrozenLinear extends GraphOp {

    public FrozenLinear() {}

    private FrozenLinear(boolean residual, Frozen frozen, DataType type, SDVariable... inputs) {
        super(inputs[0].getSameDiff(), inputs);
        addIArgument(residual ? 1 : 0, frozen.scales() == null ? 0 : 1, frozen.bias() == null ? 0 : 1, type.toInt());
    }

    /** As {@link Linear#of(SDVariable, SDVariable, SDVariable, DataType)}. */
    public static SDVariable of(SDVariable x, Frozen frozen, DataType type) {
        return new FrozenLinear(false, frozen, type, frozen.after(x)).outputVariable();
    }

    /** As {@link Linear#onto}. */
    public static SDVariable onto(SDVariable residual, SDVariable x, Frozen frozen) {
        return new FrozenLinear(true, frozen, DataType.FLOAT, frozen.after(x, residual)).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_frozen_linear";
    }

    private boolean residual() {
        return getIArgument(0) == 1;
    }

    private boolean scaled() {
        return getIArgument(1) == 1;
    }

    private boolean bias() {
        return getIArgument(2) == 1;
    }

    private int weight() {
        return residual() ? 2 : 1;
    }

    @Override
    public long[][] outputShapes(List<long[]> in) {
        return new long[][] {{in.get(0)[0], in.get(weight())[0]}};
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return List.of(DataType.fromInt(getIArgument(3).intValue()));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.frozenLinear(
                in.get(0),
                in.get(weight()),
                scaled() ? in.get(weight() + 1) : null,
                bias() ? in.get(in.size() - 1) : null,
                residual() ? in.get(1) : null,
                out.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        DataType type = residual() ? arg(0).dataType() : DataType.FLOAT;
        SDVariable[] inputs = scaled()
                ? new SDVariable[] {dy.get(0), arg(weight()), arg(weight() + 1)}
                : new SDVariable[] {dy.get(0), arg(weight())};
        List<SDVariable> gradients = new ArrayList<>(List.of(new Grad(sameDiff, type, inputs).outputVariables()));
        if (residual()) {
            // A name of its own: SameDiff renames what it is given to the input's gradient.
            gradients.add(sameDiff.identity(dy.get(0)));
        }
        return gradients;
    }

    /** dy, w, optional scales → dx. */
    public static final class Grad extends GraphOp {

        public Grad() {}

        private Grad(SameDiff sd, DataType type, SDVariable... inputs) {
            super(sd, inputs);
            addIArgument(type.toInt());
        }

        @Override
        public String opName() {
            return "thinkj_frozen_linear_grad";
        }

        private DataType type() {
            return DataType.fromInt(getIArgument(0).intValue());
        }

        @Override
        public long[][] outputShapes(List<long[]> in) {
            return new long[][] {{in.get(0)[0], in.get(1)[1]}};
        }

        @Override
        protected List<DataType> outputTypes(List<DataType> in) {
            return List.of(type());
        }

        @Override
        public boolean canAdd(int output) {
            return type() == DataType.FLOAT;
        }

        @Override
        public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
            kernels.frozenLinearGrad(in.get(0), in.get(1), in.size() > 2 ? in.get(2) : null, out.get(0), add[0]);
        }
    }
}
