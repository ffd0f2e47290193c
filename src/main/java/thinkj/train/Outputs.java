package thinkj.train;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Values that a graph gave, taken out as numbers. */
final class Outputs {
    private Outputs() {}

    /** The one value of a scalar output; frees all of them. */
    static double scalar(Map<String, INDArray> outputs, String name) {
        double value = outputs.get(name).getDouble(0);
        close(outputs);
        return value;
    }

    static void close(Map<String, INDArray> arrays) {
        arrays.values().forEach(INDArray::close);
    }
}
