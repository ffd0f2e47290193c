package thinkj.kernels.onednn;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Packing;

/** Operands for tests. */
final class Matrices {
    private Matrices() {}

    /** fp32, normally distributed. */
    static INDArray normal(Random random, long... shape) {
        return of(random::nextGaussian, shape);
    }

    /** fp32, evenly distributed from −0.5 to 0.5. */
    static INDArray even(Random random, long... shape) {
        return of(() -> random.nextFloat() - 0.5, shape);
    }

    private static INDArray of(DoubleSupplier next, long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) next.getAsDouble();
        }
        return Nd4j.create(values, shape, 'c');
    }

    static INDArray packed(Packing packing, INDArray matrix) {
        INDArray packed = Nd4j.createUninitialized(DataType.INT8, packing.bytes(matrix.size(0), matrix.size(1)));
        packing.pack(matrix, packed);
        return packed;
    }
}
