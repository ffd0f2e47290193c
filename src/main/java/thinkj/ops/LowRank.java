package thinkj.ops;

import java.util.Arrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Dropout;
import thinkj.kernels.LowRankBranch;

/**
 * A trained low-rank branch.
 *
 * @param a fp32 [r, in]
 * @param b fp32 [out, r]
 * @param keys of the pass's dropout, INT32 [1 + N], see {@link #withDropout}
 * @param scale α / r
 * @param dropout share of the branch's input that is zeroed
 * @param module number of the projection, each of which has a mask of its own
 */
public record LowRank(SDVariable a, SDVariable b, SDVariable keys, double scale, double dropout, int module) {
    private static final long GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15L;

    /** Keys under which nothing is dropped from as many rows as there are numbers. */
    public static int[] withoutDropout(int[] rows) {
        return new int[1 + rows.length];
    }

    /** Keys from which dropout is drawn, each module's own of each row's number, [N]. */
    public static int[] withDropout(int[] rows) {
        int[] keys = new int[1 + rows.length];
        keys[0] = 1;
        System.arraycopy(rows, 0, keys, 1, rows.length);
        return keys;
    }

    /** What a node with these attributes does in this pass. */
    static LowRankBranch branch(GraphOp node, INDArray keys) {
        double rate = node.getTArgument(1);
        if (rate == 0 || keys.getInt(0) == 0) {
            return new LowRankBranch(node.getTArgument(0), null);
        }
        long module = node.getIArgument(node.numIArguments() - 1);
        int[] all = keys.data().asInt();
        return new LowRankBranch(
                node.getTArgument(0), new Dropout(rate, GOLDEN_RATIO * (module + 1), Arrays.copyOfRange(all, 1, all.length)));
    }
}
