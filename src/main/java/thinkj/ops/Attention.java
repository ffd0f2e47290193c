package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Heads;
import thinkj.kernels.Kernels;

/** Causal grouped-query attention within each sequence of a packed batch: q [N, H · d], k and v [N, K · d], borders [S + 1] → [N, H · d]. */
public final class Attention extends GraphOp {

    public Attention() {}

    private Attention(SameDiff sd, Heads heads, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(heads.query(), heads.keyValue(), heads.size());
    }

    public static SDVariable of(SDVariable q, SDVariable k, SDVariable v, SDVariable starts, Heads heads) {
        return new Attention(q.getSameDiff(), heads, q, k, v, starts).outputVariable();
    }

    static Heads heads(GraphOp op) {
        return new Heads(op.getIArgument(0).intValue(), op.getIArgument(1).intValue(), op.getIArgument(2).intValue());
    }

    @Override
    public String opName() {
        return "thinkj_attention";
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.attention(in.get(0), in.get(1), in.get(2), in.get(3), heads(this), out.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        return List.of(new Grad(sameDiff, heads(this), dy.get(0), arg(0), arg(1), arg(2), arg(3)).outputVariables());
    }

    /** dOut, q, k, v, borders → dq, dk, dv. */
    public static final class Grad extends GraphOp {

        public Grad() {}

        private Grad(SameDiff sd, Heads heads, SDVariable... inputs) {
            super(sd, inputs);
            addIArgument(heads.query(), heads.keyValue(), heads.size());
        }

        @Override
        public String opName() {
            return "thinkj_attention_grad";
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
            return List.of(in.get(1), in.get(2), in.get(3));
        }

        @Override
        public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
            kernels.attentionGrad(
                    in.get(0), in.get(1), in.get(2), in.get(3), in.get(4), heads(this), out.get(0), out.get(1), out.get(2));
        }
    }
}
