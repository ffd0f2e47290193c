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
 * A node that {@link Kernels} computes.
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

    /**
     * Computes every output from the inputs, both in the order of the node's definition.
     *
     * @param add which outputs are added to instead of overwritten; true only where {@link #canAdd} says so
     */
    public abstract void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs, boolean[] add);

    /**
     * {@link #compute} for these very arrays: what is to be run whenever their values have changed. Only what is called so often, for so
     * little work, that finding out what to compute takes a part of its time gains by an own one.
     */
    public Runnable prepare(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs, boolean[] add) {
        return () -> compute(kernels, inputs, outputs, add);
    }

    /** Whether an output can be added to what an array holds. */
    public boolean canAdd(int output) {
        return false;
    }

    /** Whether an output may be left out where nothing reads it; it is null then. */
    public boolean canSkip(int output) {
        return false;
    }

    /** Whether the node takes next to no time, and reads what is kept in any case: a good one to run twice rather than keep its result. */
    public boolean isCheap() {
        return false;
    }

    /** One, unless a node says otherwise. */
    @Override
    public int getNumOutputs() {
        return 1;
    }

    /** Shapes of the outputs by those of the inputs: the first input's, unless a node says otherwise. */
    public long[][] outputShapes(List<long[]> inputs) {
        return new long[][] {inputs.get(0)};
    }

    /** Types of the outputs by those of the inputs: fp32, unless a node says otherwise. */
    protected List<DataType> outputTypes(List<DataType> inputs) {
        return Collections.nCopies(getNumOutputs(), DataType.FLOAT);
    }

    /** Gradients of the first inputs, in order; inputs behind them (indices, tables, caches) have none. What is a gradient has none. */
    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        throw new UnsupportedOperationException(opName() + " has no gradient");
    }

    @Override
    public final List<LongShapeDescriptor> calculateOutputShape(OpContext context) {
        List<INDArray> inputs = context.getInputArrays();
        long[][] shapes = outputShapes(inputs.stream().map(INDArray::shape).toList());
        List<DataType> types = outputTypes(inputs.stream().map(INDArray::dataType).toList());
        List<LongShapeDescriptor> descriptors = new ArrayList<>();
        for (int i = 0; i < shapes.length; i++) {
            descriptors.add(LongShapeDescriptor.fromShape(shapes[i], types.get(i)));
        }
        return descriptors;
    }

    @Override
    public final List<DataType> calculateOutputDataTypes(List<DataType> inputs) {
        return outputTypes(inputs);
    }

    @Override
    public Map<String, Object> propertiesForFunction() {
        return Collections.emptyMap();
    }
}
