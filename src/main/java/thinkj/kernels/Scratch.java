package thinkj.kernels;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Memory that kernels use while they compute, kept between calls: a buffer per name that only grows. */
public final class Scratch {
    private final Map<String, DataBuffer> buffers = new HashMap<>();

    /** An uninitialised fp32 array in C order over the named buffer; valid until the name is asked for again. */
    INDArray take(String name, long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        DataBuffer buffer = buffers.get(name);
        if (buffer == null || buffer.length() < length) {
            if (buffer != null) {
                buffer.close();
            }
            buffer = Nd4j.createBuffer(DataType.FLOAT, length, false);
            buffers.put(name, buffer);
        }
        return Nd4j.create(buffer, shape, strides(shape), 0, 'c', DataType.FLOAT);
    }

    /** Lets a result be written to an array, or to scratch memory and then added: products that add on their own round differently. */
    void into(INDArray target, boolean add, Consumer<INDArray> compute) {
        if (add) {
            INDArray fresh = take("added", target.shape());
            compute.accept(fresh);
            target.addi(fresh);
        } else {
            compute.accept(target);
        }
    }

    /** Elements from one index of a dimension to the next, in C order. */
    public static long[] strides(long[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return strides;
    }
}
