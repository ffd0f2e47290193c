package thinkj.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Kernels;

/**
 * Log-probability of each target and entropy of its distribution: h [M, D], w [V, D], target ids [M] → [M], [M].
 *
 * <p>Projection, log-softmax and gather in one node, computed in chunks, so that [M, V] is never held whole.
 */
public final class TokenLogProbs extends GraphOp {

    public TokenLogProbs() {}

    private TokenLogProbs(SameDiff sd, double temperature, SDVariable... inputs) {
        super(sd, inputs);
        addTArgument(temperature);
    }

    /** @return log-probabilities, entropies */
    public static SDVariable[] of(SDVariable h, SDVariable w, SDVariable ids, double temperature) {
        return new TokenLogProbs(h.getSameDiff(), temperature, h, w, ids).outputVariables();
    }

    @Override
    public String opName() {
        return "thinkj_token_log_probs";
    }

    @Override
    public int getNumOutputs() {
        return 2;
    }

    @Override
    public long[][] outputShapes(List<long[]> in) {
        return new long[][] {in.get(2), in.get(2)};
    }

    /** Entropies, which few objectives use. */
    @Override
    public boolean canSkip(int output) {
        return output == 1;
    }

    @Override
    public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
        kernels.tokenLogProbs(in.get(0), in.get(1), in.get(2), getTArgument(0), out.get(0), out.get(1));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> dy) {
        return List.of(new Grad(sameDiff, getTArgument(0), dy.get(0), dy.get(1), arg(0), arg(1), arg(2)).outputVariables());
    }

    /** dLogProbs, dEntropy, h, w, target ids → dh, dw. */
    public static final class Grad extends GraphOp {

        public Grad() {}

        private Grad(SameDiff sd, double temperature, SDVariable... inputs) {
            super(sd, inputs);
            addTArgument(temperature);
        }

        @Override
        public String opName() {
            return "thinkj_token_log_probs_grad";
        }

        @Override
        public int getNumOutputs() {
            return 2;
        }

        @Override
        public long[][] outputShapes(List<long[]> in) {
            return new long[][] {in.get(2), in.get(3)};
        }

        /** Weights' gradients, where they are not trained. */
        @Override
        public boolean canSkip(int output) {
            return output == 1;
        }

        @Override
        public boolean canAdd(int output) {
            return output == 1;
        }

        @Override
        public void compute(Kernels kernels, List<INDArray> in, List<INDArray> out, boolean[] add) {
            kernels.tokenLogProbsGrad(
                    in.get(0), in.get(1), in.get(2), in.get(3), in.get(4), getTArgument(0), out.get(0), out.get(1), add[1]);
        }
    }
}
