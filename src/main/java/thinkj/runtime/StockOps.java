package thinkj.runtime;

import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseOp;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.ReduceOp;
import org.nd4j.linalg.api.ops.ScalarOp;
import org.nd4j.linalg.api.ops.TransformOp;
import org.nd4j.linalg.api.ops.impl.controlflow.compat.BaseCompatOp;
import org.nd4j.linalg.api.ops.impl.layers.ExternalErrorsFunction;
import org.nd4j.linalg.api.ops.impl.reduce.same.Sum;
import org.nd4j.linalg.api.ops.impl.shape.CreateView;
import org.nd4j.linalg.api.ops.impl.shape.tensorops.BaseTensorOp;
import org.nd4j.linalg.api.ops.impl.transforms.custom.Assign;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's own operations, which objectives are made of, run the way that SameDiff's session runs them. */
final class StockOps {
    private StockOps() {}

    /** Refuses operations that are more than arithmetic from arrays to arrays: control flow, lists of arrays, writing into inputs. */
    static void requireRunnable(DifferentialFunction op) {
        boolean special = op instanceof BaseCompatOp
                || op instanceof BaseTensorOp
                || op instanceof Assign
                || op instanceof CreateView
                || op instanceof ExternalErrorsFunction;
        boolean plain = op instanceof TransformOp || (op instanceof ScalarOp || op instanceof ReduceOp) && op.argNames().length == 1;
        if (special || !plain && !(op instanceof DynamicCustomOp)) {
            throw new IllegalArgumentException("a plan has no way to run the operation " + op.opName() + " (" + op.getOwnName() + ")");
        }
    }

    /**
     * The operation to run in place of one: a sum of the older kind describes its dimensions in new buffers at every run, the newer one,
     * which adds up by the same loop, does not.
     */
    static DifferentialFunction inPlaceOf(DifferentialFunction op) {
        if (op instanceof Sum sum && op.argNames().length == 1) {
            int[] dimensions = sum.dimensions() == null ? new int[0] : sum.dimensions().toIntVector();
            return DynamicCustomOp.builder("reduce_sum")
                    .addIntegerArguments(IntStream.of(dimensions).filter(d -> d != Integer.MAX_VALUE).toArray())
                    .addBooleanArguments(sum.isKeepDims())
                    .build();
        }
        return op;
    }

    /** A context with inputs and arguments; outputs are still to be set. The caller closes it. */
    static OpContext context(DifferentialFunction op, INDArray... inputs) {
        OpContext context = Nd4j.getExecutioner().buildContext();
        if (op instanceof DynamicCustomOp custom) {
            context.setArgs(inputs, custom.iArgs(), custom.dArgs(), custom.tArgs(), custom.bArgs());
        } else {
            for (int i = 0; i < inputs.length; i++) {
                context.setInputArray(i, inputs[i]);
            }
        }
        return context;
    }

    static long[][] outputShapes(DifferentialFunction op, OpContext context) {
        List<LongShapeDescriptor> shapes =
                op instanceof CustomOp custom ? custom.calculateOutputShape(context) : ((BaseOp) op).calculateOutputShape(context);
        return shapes.stream().map(LongShapeDescriptor::getShape).toArray(long[][]::new);
    }

    static void close(OpContext context) {
        try {
            context.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static void run(DifferentialFunction op, OpContext context) {
        if (op instanceof CustomOp custom) {
            Nd4j.exec(custom, context);
        } else {
            Nd4j.exec((Op) op, context);
        }
    }
}
