package thinkj.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.model.LossGraph;
import thinkj.model.PackedTokens;

/** One fp32 buffer a parameter, in which the gradients of a step's micro-batches add up. The buffers live as long as the run. */
public final class Gradients implements AutoCloseable {
    /** Values read at once, 16 KiB. */
    private static final int PIECE = 4096;

    private static final ThreadLocal<float[]> SCRATCH = ThreadLocal.withInitial(() -> new float[PIECE]);
    private static final ThreadLocal<SumOfSquares> SUMS = ThreadLocal.withInitial(SumOfSquares::new);

    private final Map<String, INDArray> arrays = new LinkedHashMap<>();
    private final List<String> names;
    private final FloatBlocks blocks;
    private final double[] squares;
    private boolean collected;
    private UnaryOperator<NotFinite> origin = UnaryOperator.identity();

    /** @param parameters names and shapes; all buffers start at zero */
    public Gradients(Map<String, INDArray> parameters) {
        parameters.forEach((name, array) -> arrays.put(name, Nd4j.create(DataType.FLOAT, array.shape(), 'c')));
        names = new ArrayList<>(arrays.keySet());
        blocks = new FloatBlocks(arrays.values());
        squares = new double[blocks.count()];
        arrays.values().forEach(array -> array.assign(0));
    }

    /**
     * Runs a micro-batch forward and backward; its gradients are added to those of the step's micro-batches before.
     *
     * @return values of the named nodes; they are the graph's own, valid until its next run
     */
    public Map<String, INDArray> collect(LossGraph graph, PackedTokens batch, Map<String, INDArray> inputs, String... outputs) {
        Map<String, INDArray> values = graph.gradients(batch, inputs, arrays, collected, outputs);
        collected = true;
        return values;
    }

    /** @param blame adds to a complaint about these gradients where their numbers come from */
    void collectedFrom(UnaryOperator<NotFinite> blame) {
        origin = blame;
    }

    /** A complaint about these gradients, with where their numbers come from as far as that is known. They are of no use afterwards. */
    NotFinite blamed(NotFinite what) {
        return origin.apply(what);
    }

    /** Adds what others have collected, which then begin anew. */
    void take(Gradients others) {
        others.arrays.forEach((name, array) -> {
            if (collected) {
                arrays.get(name).addi(array);
            } else {
                arrays.get(name).assign(array);
            }
        });
        collected = true;
        others.clear();
    }

    /** Parameter name → buffer. */
    public Map<String, INDArray> arrays() {
        return arrays;
    }

    FloatBlocks blocks() {
        return blocks;
    }

    /** Begins a new step: the next micro-batch overwrites what there is. */
    public void clear() {
        collected = false;
    }

    /**
     * Euclidean norm over all parameters; blocks' sums add up in double and in a fixed order, so that cores change nothing. NaN or
     * infinite when any value is.
     */
    public double norm() {
        blocks.toHost();
        blocks.forEach(block -> {
            float[] values = SCRATCH.get();
            int length = blocks.length(block);
            double sumOfSquares = 0;
            for (int from = 0; from < length; from += PIECE) {
                int count = Math.min(PIECE, length - from);
                blocks.read(block, from, values, count);
                sumOfSquares += SUMS.get().of(values, count);
            }
            squares[block] = sumOfSquares;
        });
        double sum = 0;
        for (double square : squares) {
            sum += square;
        }
        return Math.sqrt(sum);
    }

    /** After {@link #norm}: the parameters whose gradient has a value that is NaN or infinite, in the model's order. */
    public List<String> nonFinite() {
        List<String> found = new ArrayList<>();
        for (int block = 0; block < squares.length; block++) {
            String name = names.get(blocks.arrayOf(block));
            if (!Double.isFinite(squares[block]) && !found.contains(name)) {
                found.add(name);
            }
        }
        return found;
    }

    @Override
    public void close() {
        arrays.values().forEach(INDArray::close);
    }
}
