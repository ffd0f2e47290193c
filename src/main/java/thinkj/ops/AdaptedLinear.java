package thinkj.ops;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/**
 * A frozen projection with a trained low-rank branch beside it (LoRA; Hu et al., 2022):
 * {@code y = x·wᵀ + bias + residual + α/r · d(x)·aᵀ·bᵀ} with d the branch's dropout. x [N, in], optional residual [N, out], a [r, in],
 * b [out, r], the keys of the pass's dropout [1 + N], then {@link Frozen} → y [N, out].
 */
public final class AdaptedLinear extends GraphOp {

    public AdaptedLinear() {}

    private AdaptedLinear(boolean residual, LowRank branch, Frozen frozen, DataType type, SDVariable... inputs) {
        super(inputs[0].getSameDiff(), inputs);
        addIArgument(residual ? 1 : 0, frozen.scales() == null ? 0 : 1, frozen.bias() == null ? 0 : 1, type.toInt(), branch.module());
        addTArgument(branch.scale(), branch.dropout());
    }

    /** As {@link Linear#of(SDVariable, SDVariable, SDVariable, DataType)}. */
    public static SDVariable of(SDVariable x, LowRank branch, Frozen frozen, DataType type) {
        return new AdaptedLinear(false, branch, frozen, type, frozen.after(x, branch.a(), branch.b(), branch.keys())).outputVariable();
    }

    /** As {@link Linear#onto}. */
    public static SDVariable onto(SDVariable residual, SDVariable x, LowRank branch, Frozen frozen) {
        SDVariable[] inputs = frozen.after(x, residual, branch.a(), branch.b(), branch.keys());
        return new AdaptedLinear(true, branch, frozen, DataType.FLOAT, inputs).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_adapted_linear";
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

    /** Where the branch's inputs begin. */
    private int branch() {
        return residual() ? 2 : 1;
    }

    private int weight() {
        return branch() + 3;
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
        kernels.lowRank(in.get(0), in.get(branch()), in.get(branch() + 1), LowRank.branch(this, in.get(branch() + 2)), out.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        List<SDVariable> inputs = new ArrayList<>(
                List.of(dy.get(0), arg(0), arg(branch()), arg(branch() + 1), arg(branch() + 2), arg(weight())));
        if (scaled()) {
            inputs.add(arg(weight() + 1));
        }
        DataType type = residual() ? arg(0).dataType() : DataType.FLOAT;
        SDVariable[] made = new Grad(this, type, inputs.toArray(SDVariable[]::new)).outputVariables();
        // A name of its own for the residual's: SameDiff renames what it is given to the input's gradient.
        return residual()
                ? List.of(made[0], sameDiff.identity(dy.get(0)), made[1], made[2])
                : List.of(made);
    }

    /** dy, x, a, b, the keys of the dropout, w, optional scales → dx, da, db. */
    public static final class Grad extends GraphOp {

        public Grad() {}

        private Grad(AdaptedLinear of, DataType type, SDVariable... inputs) {
            super(of.sameDiff, inputs);
            addIArgument(type.toInt());
            addIArgument(of.getIArgument(4));
            addTArgument(of.getTArgument(0), of.getTArgument(1));
        }

        @Override
        public String opName() {
            return "thinkj_adapted_linear_grad";
        }

        private DataType type() {
            return DataType.fromInt(getIArgument(0).intValue());
        }

        @Override
        public int getNumOutputs() {
            return 3;
        }

        @Override
        public long[][] outputShapes(List<long[]> in) {
            return new long[][] {in.get(1), in.get(2), in.get(3)};
        }

        @Override
        protected List<DataType> outputTypes(List<DataType> in) {
            return List.of(type(), DataType.FLOAT, DataType.FLOAT);
        }

        @Override
        public boolean canAdd(int output) {
            return output > 0 || type() == DataType.FLOAT;
        }

        /** The gradient for x, below which nothing is trained. */
        @Override
        public boolean canSkip(int output) {
            return output == 0;
        }

        @Override
        public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
            if (out.get(0) != null) {
                kernels.frozenLinearGrad(in.get(0), in.get(5), in.size() > 6 ? in.get(6) : null, out.get(0), add[0]);
            }
            kernels.lowRankGrad(
                    in.get(0), in.get(1), in.get(2), in.get(3), LowRank.branch(this, in.get(4)), out.get(0), out.get(1), add[1], out.get(2),
                    add[2]);
        }
    }
}
