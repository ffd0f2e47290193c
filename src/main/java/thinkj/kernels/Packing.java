package thinkj.kernels;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** How kernels want the weights of products that nobody differentiates: in an order and a type of their own, made once and then read. */
public interface Packing {

    /** Everything stays as it is. */
    Packing NONE = new Packing() {
        @Override
        public DataType matrices() {
            return DataType.FLOAT;
        }

        @Override
        public DataType tables() {
            return DataType.FLOAT;
        }

        @Override
        public INDArray pack(INDArray matrix) {
            return matrix;
        }

        @Override
        public INDArray table(INDArray table) {
            return table;
        }
    };

    /** What {@link #pack} returns: fp32 for matrices as they were, INT8 for bytes that the kernels alone can read. */
    DataType matrices();

    /** Type of what {@link #table} returns. */
    DataType tables();

    /**
     * A matrix for {@link Kernels#project}.
     *
     * @param matrix fp32 [out, in]
     * @return a new array, which the caller closes, or the matrix itself
     */
    INDArray pack(INDArray matrix);

    /**
     * A table for {@link Kernels#gatherRows}.
     *
     * @param table fp32 [V, D]
     * @return a new array of the same shape, which the caller closes, or the table itself
     */
    INDArray table(INDArray table);
}
