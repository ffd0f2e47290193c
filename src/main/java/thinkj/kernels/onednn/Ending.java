package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_swish;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What is done to a projection before it is stored.
 *
 * @param operand address of what is added or multiplied by, of the projection's own sizes; 0 for none
 * @param type the operand's
 */
record Ending(Kind kind, long operand, DataType type) {
    static final Ending NOTHING = new Ending(Kind.NOTHING, 0, null);
    static final Ending SWISH = new Ending(Kind.SWISH, 0, null);

    private enum Kind { NOTHING, SWISH, ADD, MULTIPLY }

    /** @param residual fp32, null for none */
    static Ending adding(INDArray residual) {
        return residual == null ? NOTHING : new Ending(Kind.ADD, Operands.dense(residual), FLOAT);
    }

    static Ending multiplying(long by, DataType type) {
        return new Ending(Kind.MULTIPLY, by, type);
    }

    /** That of the rows from one number on. */
    Ending from(long row, long width) {
        return operand == 0 ? this : new Ending(kind, operand + row * width * type.width(), type);
    }

    /** @param sizes the projection's */
    PostOps after(PostOps before, long... sizes) {
        return switch (kind) {
            case NOTHING -> before;
            case SWISH -> before.eltwise(dnnl_eltwise_swish, 1, 0);
            case ADD -> before.add(Layout.of(type, sizes));
            case MULTIPLY -> before.multiply(Layout.of(type, sizes));
        };
    }

    /** The addresses with that of the operand behind them, if there is one. */
    long[] after(long... addresses) {
        if (operand == 0) {
            return addresses;
        }
        long[] all = Arrays.copyOf(addresses, addresses.length + 1);
        all[addresses.length] = operand;
        return all;
    }
}
