package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_swish;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * RMS norm and SwiGLU by oneDNN's primitives, and rotary embedding. The gradient of SwiGLU goes in pieces that stay in a core's cache from
 * one primitive to the next; forward that would gain nothing, since exponentials take longer than memory does.
 */
final class OneDnnElementwise implements AutoCloseable {
    /** Values that a core turns at once; 128 KiB in fp32, which stay in its own cache. */
    private static final long PIECE = 1 << 15;

    /** Values of a piece of SwiGLU's gradient, whose operands take 640 KiB in fp32. */
    private static final long GRADIENT_PIECE = 1 << 15;

    /** So many operands are read or written for that. */
    private static final long GRADIENT_OPERANDS = 5;

    private final Operands operands;
    private final Primitives primitives;
    private final Team<Primitives> gradients = new Team<>(own -> own);
    private final Team<RotaryRows> rotary = new Team<>(RotaryRows::new);

    OneDnnElementwise(Operands operands) {
        this.operands = operands;
        primitives = operands.primitives();
    }

    void rmsNorm(INDArray x, INDArray w, double eps, INDArray y) {
        primitives.rmsNorm(Layout.of(FLOAT, x.shape()), Layout.of(y.dataType(), y.shape()), eps)
                .run(operands.as(FLOAT, x, "x"), Operands.dense(w), Operands.dense(y));
    }

    void swiGlu(INDArray gate, INDArray up, INDArray y) {
        Layout values = Layout.of(gate.dataType(), gate.shape());
        long to = Operands.dense(y);
        // Not one after the other in one primitive: oneDNN does that by its reference code, a hundred times slower.
        swish(primitives, values).run(Operands.dense(gate), to);
        multiply(primitives, values).run(to, Operands.dense(up), to);
    }

    void swiGluGrad(INDArray dy, INDArray gate, INDArray up, INDArray dGate, INDArray dUp) {
        DataType type = gate.dataType();
        long gradient = operands.as(type, dy, "dy");
        long gates = Operands.dense(gate);
        long ups = Operands.dense(up);
        long toGate = Operands.dense(dGate);
        long toUp = Operands.dense(dUp);
        long all = gate.length();
        int pieces = (int) ((all + GRADIENT_PIECE - 1) / GRADIENT_PIECE);
        gradients.share(pieces, GRADIENT_OPERANDS * all * type.width(), (own, piece) -> {
            long from = piece * GRADIENT_PIECE;
            Layout values = Layout.of(type, Math.min(GRADIENT_PIECE, all - from));
            long at = from * type.width();
            swish(own, values).run(gates + at, toUp + at);
            multiply(own, values).run(toUp + at, gradient + at, toUp + at);
            multiply(own, values).run(gradient + at, ups + at, toGate + at);
            own.eltwiseGrad(dnnl_eltwise_swish, 1, 0, values).run(gates + at, toGate + at, toGate + at);
        });
    }

    private static Primitive swish(Primitives primitives, Layout values) {
        return primitives.eltwise(dnnl_eltwise_swish, 1, 0, values, values, PostOps.NONE);
    }

    private static Primitive multiply(Primitives primitives, Layout values) {
        return primitives.binary(dnnl_binary_mul, values, values, values, PostOps.NONE);
    }

    void rotary(INDArray x, INDArray cos, INDArray sin, boolean inverse, INDArray y) {
        Operands.requireOneType(x, y);
        RotaryRows.Call call = new RotaryRows.Call(
                x.dataType(), (int) x.size(1), (int) cos.size(1), Operands.dense(x), Operands.dense(cos), Operands.dense(sin), inverse, Operands.dense(y));
        long rows = x.size(0);
        long step = Math.max(1, PIECE / x.size(1));
        rotary.share((int) ((rows + step - 1) / step), 2 * x.length() * x.dataType().width(), (own, i) ->
                own.turn(call, i * step, Math.min(rows, (i + 1) * step)));
    }

    @Override
    public void close() {
        gradients.close();
        rotary.close();
    }
}
