package thinkj.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The low-rank branch beside a projection, and its gradient, by ND4J calls. */
final class Nd4jLowRank {
    private final Scratch scratch;

    Nd4jLowRank(Scratch scratch) {
        this.scratch = scratch;
    }

    void forward(INDArray x, INDArray a, INDArray b, LowRankBranch branch, INDArray y) {
        INDArray narrow = narrow(dropped(x, branch, "dropped"), a);
        scratch.into(y, true, out -> Nd4jKernels.gemm(narrow, false, b, true, out, branch.scale(), 0));
    }

    private INDArray narrow(INDArray x, INDArray a) {
        INDArray narrow = scratch.take("narrow", x.size(0), a.size(0));
        Nd4jKernels.gemm(x, false, a, true, narrow, 1, 0);
        return narrow;
    }

    private INDArray dropped(INDArray x, LowRankBranch branch, String name) {
        if (branch.dropout() == null) {
            return x;
        }
        float[][] rows = x.toFloatMatrix();
        for (int row = 0; row < rows.length; row++) {
            branch.dropout().apply(rows[row], row);
        }
        try (INDArray done = Nd4j.createFromArray(rows)) {
            return scratch.take(name, x.shape()).assign(done);
        }
    }

    /** @param dx what is added to; may be null */
    void backward(
            INDArray dy, INDArray x, INDArray a, INDArray b, LowRankBranch branch, INDArray dx, INDArray da, boolean addA, INDArray db, boolean addB) {
        INDArray input = dropped(x, branch, "dropped");
        INDArray narrow = narrow(input, a);
        scratch.into(db, addB, out -> Nd4jKernels.gemm(dy, true, narrow, false, out, branch.scale(), 0));
        INDArray dNarrow = scratch.take("dNarrow", narrow.shape());
        Nd4jKernels.gemm(dy, false, b, false, dNarrow, branch.scale(), 0);
        scratch.into(da, addA, out -> Nd4jKernels.gemm(dNarrow, true, input, false, out, 1, 0));
        if (dx != null) {
            INDArray dInput = scratch.take("dInput", x.shape());
            Nd4jKernels.gemm(dNarrow, false, a, false, dInput, 1, 0);
            dx.addi(dropped(dInput, branch, "dInputDropped"));
        }
    }
}
