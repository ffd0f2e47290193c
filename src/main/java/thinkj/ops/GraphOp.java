package thinkj.ops;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import thinkj.kernels.Kernels;

/**
 * A node that {@link Kernels} computes. Outputs are fp32.
 *
 * <p>Attributes live in {@code iArgs} and {@code tArgs} and nowhere else: SameDiff clones a node through its no-argument constructor
 * and these lists when it builds the gradient's graph.
 */
public abstract class GraphOp extends DynamicCustomOp {

    protected GraphOp() {}

    protected GraphOp(SameDiff sd, SDVariable... inputs) {
        super(null, sd, inputs);
    }

    @Override
    public abstract String opName();

    /** Computes every output from the inputs, both in the order of the node's definition. */
    public abstract void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs);

    /** Shapes of the outputs. */
    protected abstract long[][] outputShapes(List<INDArray> inputs);

    /** Gradients of the first inputs, in order; inputs behind them (indices, tables, caches) have none. */
    @Override
    public abstract List<SDVariable> doDiff(List<SDVariable> gradients);

    @Override
    public List<LongShapeDescriptor> calculateOutputShape(OpContext context) {
        List<LongShapeDescriptor> shapes = new ArrayList<>();
        for (long[] shape : outputShapes(context.getInputArrays())) {
            shapes.add(LongShapeDescriptor.fromShape(shape, DataType.FLOAT));
        }
        return shapes;
    }

    @Override
    public List<DataType> calculateOutputDataTypes(List<DataType> inputs) {
        return Collections.nCopies(getNumOutputs(), DataType.FLOAT);
    }

    @Override
    public Map<String, Object> propertiesForFunction() {
        return Collections.emptyMap();
    }
}
