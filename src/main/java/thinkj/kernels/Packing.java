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
        public long bytes(long out, long in) {
            return 0;
        }

        @Override
        public void pack(INDArray matrix, INDArray to) {
            throw new IllegalStateException("matrices serve as they are");
        }

        @Override
        public INDArray table(INDArray table) {
            return table;
        }
    };

    /** Type of what {@link Kernels#project} takes: fp32 for matrices as they were, INT8 for bytes that the kernels alone can read. */
    DataType matrices();

    /** Type of what {@link #table} returns. */
    DataType tables();

    /** Bytes of a packed matrix; 0 where {@link Kernels#project} takes the matrix as it is. */
    long bytes(long out, long in);

    /**
     * Packs a matrix for {@link Kernels#project}.
     *
     * @param matrix fp32 [out, in]; where {@link #tables} are bf16 and matrices are not quantised, of that type too
     * @param to INT8 of as many {@link #bytes}, wherever it lies
     */
    void pack(INDArray matrix, INDArray to);

    /**
     * A table for {@link Kernels#gatherRows}.
     *
     * @param table fp32 [V, D], or of the type of tables already
     * @return a new array of the same shape, which the caller closes, or the table itself
     */
    INDArray table(INDArray table);
}
