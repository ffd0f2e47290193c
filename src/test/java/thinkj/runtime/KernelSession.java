package thinkj.runtime;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.ExecutionResult;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.autodiff.samediff.internal.memory.AbstractMemoryMgr;
import thinkj.kernels.Kernels;
import thinkj.ops.GraphOp;

/** SameDiff's own session, which hands Think-J's nodes to the kernels and frees an array as soon as nothing needs it. */
final class KernelSession extends InferenceSession {
    private final Kernels kernels;

    KernelSession(SameDiff sd, Kernels kernels) {
        super(sd);
        this.kernels = kernels;
        setMmgr(new CloseAtOnce());
    }

    @Override
    public ExecutionResult doExec(
            DifferentialFunction op,
            OpContext context,
            FrameIter frame,
            Set<VarId> inputs,
            Set<VarId> iterationInputs,
            Set<String> constantInputs,
            Map<String, SDValue> otherPlaceholders) {
        if (op instanceof GraphOp node) {
            List<INDArray> outputs = context.getOutputArrays();
            node.compute(kernels, context.getInputArrays(), outputs, new boolean[outputs.size()]);
            return ExecutionResult.createFrom(node, context);
        }
        return super.doExec(op, context, frame, inputs, iterationInputs, constantInputs, otherPlaceholders);
    }

    private static final class CloseAtOnce extends AbstractMemoryMgr {
        @Override
        public INDArray allocate(boolean detached, DataType type, long... shape) {
            return Nd4j.createUninitialized(type, shape);
        }

        @Override
        public INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
            return Nd4j.create(descriptor, false);
        }

        @Override
        public void release(INDArray array) {
            if (array.closeable() && !array.wasClosed()) {
                array.close();
            }
        }

        @Override
        public void close() {}
    }
}
