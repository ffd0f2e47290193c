package thinkj.ops;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Dropout;
import thinkj.kernels.LowRankBranch;

/**
 * A trained low-rank branch.
 *
 * @param a fp32 [r, in]
 * @param b fp32 [out, r]
 * @param key of the pass's dropout, INT32 [3], see {@link #key}
 * @param scale α / r
 * @param dropout share of the branch's input that is zeroed
 * @param module number of the projection, each of which has a mask of its own
 */
public record LowRank(SDVariable a, SDVariable b, SDVariable key, double scale, double dropout, int module) {
    private static final long GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15L;

    /** Values of a key under which nothing is dropped. */
    public static int[] withoutDropout() {
        return new int[3];
    }

    /** Values of a pass's key. */
    public static int[] key(long pass) {
        return new int[] {1, (int) pass, (int) (pass >>> Integer.SIZE)};
    }

    /** What a node with these attributes does in this pass. */
    static LowRankBranch branch(GraphOp node, INDArray key) {
        double rate = node.getTArgument(1);
        if (rate == 0 || key.getInt(0) == 0) {
            return new LowRankBranch(node.getTArgument(0), null);
        }
        long module = node.getIArgument(node.numIArguments() - 1);
        long pass = Integer.toUnsignedLong(key.getInt(1)) | (long) key.getInt(2) << Integer.SIZE;
        return new LowRankBranch(node.getTArgument(0), new Dropout(rate, pass + GOLDEN_RATIO * (module + 1)));
    }
}
