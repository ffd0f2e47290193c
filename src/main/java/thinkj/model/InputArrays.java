package thinkj.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What changes from batch to batch, in arrays that are filled again and made anew only where a shape changes. */
final class InputArrays implements AutoCloseable {
    private final Map<String, INDArray> arrays = new LinkedHashMap<>();

    void put(String name, int[] values) {
        array(name, DataType.INT32, values.length).data().setData(values);
    }

    void put(String name, float[] values, long... shape) {
        array(name, DataType.FLOAT, shape).data().setData(values);
    }

    private INDArray array(String name, DataType type, long... shape) {
        INDArray last = arrays.get(name);
        if (last != null && Arrays.equals(last.shape(), shape)) {
            return last;
        }
        if (last != null) {
            last.close();
        }
        INDArray array = Nd4j.createUninitialized(type, shape);
        arrays.put(name, array);
        return array;
    }

    /** By name of the placeholder. */
    Map<String, INDArray> arrays() {
        return arrays;
    }

    @Override
    public void close() {
        arrays.values().forEach(INDArray::close);
        arrays.clear();
    }
}
