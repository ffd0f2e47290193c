package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/**
 * Rows of a matrix: table [V, D], row numbers [N] → [N, D]. It is the embedding, and the choice of hidden states that predict.
 *
 * <p>Its gradient adds up repeated rows, which the stock gather's does not.
 */
public final class GatherRows extends GraphOp {

    public GatherRows() {}

    private GatherRows(SameDiff sd, boolean widened, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(widened ? 1 : 0);
    }

    public static SDVariable of(SDVariable table, SDVariable rows) {
        return new GatherRows(table.getSameDiff(), false, table, rows).outputVariable();
    }

    /** Rows in fp32, whatever the table's type; without a gradient where it is another. */
    public static SDVariable widened(SDVariable table, SDVariable rows) {
        return new GatherRows(table.getSameDiff(), true, table, rows).outputVariable();
    }

    @Override
    public String opName() {
        return "thinkj_gather_rows";
    }

    @Override
    public long[][] outputShapes(List<long[]> in) {
        return new long[][] {{in.get(1)[0], in.get(0)[1]}};
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return List.of(getIArgument(0) == 1 ? DataType.FLOAT : in.get(0));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.gatherRows(in.get(0), in.get(1), out.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        return List.of(new Grad(sameDiff, dy.get(0), arg(0), arg(1)).outputVariable());
    }

    /** dy, table, row numbers → dTable. */
    public static final class Grad extends GraphOp {

        public Grad() {}

        private Grad(SameDiff sd, SDVariable... inputs) {
            super(sd, inputs);
        }

        @Override
        public String opName() {
            return "thinkj_gather_rows_grad";
        }

        @Override
        public long[][] outputShapes(List<long[]> in) {
            return new long[][] {in.get(1)};
        }

        @Override
        public boolean canAdd(int output) {
            return true;
        }

        @Override
        public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
            kernels.gatherRowsGrad(in.get(0), in.get(2), out.get(0), add[0]);
        }
    }
}
