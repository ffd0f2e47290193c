package thinkj.ops;

import java.util.List;
import org.nd4j.imports.converters.ImportClassMapping;

/** Makes the nodes known to SameDiff, which finds an op's class by its name when it clones a graph to differentiate it. */
public final class Ops {

    static {
        List<GraphOp> ops = List.of(
                new Linear(),
                new Linear.Grad(),
                new FrozenLinear(),
                new FrozenLinear.Grad(),
                new AdaptedLinear(),
                new AdaptedLinear.Grad(),
                new Projection(),
                new GatedProjection(),
                new HeadSplit(),
                new RmsNorm(),
                new RmsNorm.Grad(),
                new Rotary(),
                new Attention(),
                new Attention.Grad(),
                new PagedAttention(),
                new SwiGlu(),
                new SwiGlu.Grad(),
                new GatherRows(),
                new GatherRows.Grad(),
                new TokenLogProbs(),
                new TokenLogProbs.Grad());
        for (GraphOp op : ops) {
            ImportClassMapping.getOpNameMapping().put(op.opName(), op);
        }
    }

    private Ops() {}

    /** Call before the first graph is built; calling again does nothing. */
    public static void register() {}
}
