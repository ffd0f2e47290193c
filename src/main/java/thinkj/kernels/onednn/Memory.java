package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where arrays lie. */
final class Memory {

    private Memory() {}

    /** Address of an array's first value; views have that of their own first one. */
    static long address(INDArray array) {
        DataBuffer data = array.data();
        return data.pointer().address() + data.offset() * data.getElementSize();
    }

    /** Address of a row of a matrix without gaps. */
    static long address(INDArray matrix, long row) {
        return address(matrix) + row * matrix.size(1) * matrix.data().getElementSize();
    }
}
