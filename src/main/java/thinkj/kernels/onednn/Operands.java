package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.kernels.Precision;

/** Hands arrays to primitives: as addresses, in the type that a product wants, converted into scratch memory where they have another. */
final class Operands {
    private final Primitives primitives;
    private final WeightCopies copies;
    private final Precision precision;

    Operands(Primitives primitives, WeightCopies copies, Precision precision) {
        this.primitives = primitives;
        this.copies = copies;
        this.precision = precision;
    }

    Primitives primitives() {
        return primitives;
    }

    /** What products take. */
    DataType type() {
        return precision.activations();
    }

    /**
     * Address of an array's values in a type.
     *
     * @param scratch names the memory that a converted copy takes, valid until it is used again
     */
    long as(DataType type, INDArray array, String scratch) {
        if (array.dataType() == type) {
            return dense(array);
        }
        long copy = primitives.scratch().take(scratch, array.length() * type.width());
        convert(dense(array), array.dataType(), copy, type, array.length());
        return copy;
    }

    /** Copies values into another type. */
    void convert(long from, DataType fromType, long to, DataType toType, long count) {
        primitives.reorder(Layout.of(fromType, count), Layout.of(toType, count), PostOps.NONE).run(from, to);
    }

    /**
     * Address of a weight [out, in] in the type that products take: its own, or of a copy, which is kept of an fp32 weight and made anew
     * every time of one that is not trained and has another type.
     */
    long weight(INDArray weight) {
        if (weight.dataType() == type() || weight.dataType() != DataType.FLOAT) {
            return as(type(), weight, "weight");
        }
        return Memory.address(copies.bf16(weight, primitives));
    }

    /** Whether {@link #weight} may give another address the next time, or has to look whether a copy is still good. */
    boolean isCopied(INDArray weight) {
        return weight.dataType() == DataType.FLOAT && type() != DataType.FLOAT;
    }

    /** Refuses arrays that are not of one type, for kernels that convert nothing. */
    static void requireOneType(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (array.dataType() != arrays[0].dataType()) {
                throw new IllegalArgumentException("needs arrays of one type, got " + arrays[0].dataType() + " and " + array.dataType());
            }
        }
    }

    /** Address of a row of a matrix that must lie in C order without gaps. */
    static long row(INDArray matrix, long row) {
        return dense(matrix) + row * matrix.size(1) * matrix.dataType().width();
    }

    /** Address of a weight's copy in the order of {@link Layout#packed}; in bf16 alone. */
    long packedWeight(INDArray weight) {
        return copies.packed(weight, primitives);
    }

    /** Address of an array that must lie in C order without gaps. */
    static long dense(INDArray array) {
        long stride = 1;
        for (int i = array.rank() - 1; i >= 0; i--) {
            if (array.size(i) != 1 && array.stride(i) != stride) {
                throw new IllegalArgumentException("needs an array in C order without gaps, got " + array.shapeInfoToString());
            }
            stride *= array.size(i);
        }
        return Memory.address(array);
    }
}
