package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_swish;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * RMS norm and SwiGLU by oneDNN's primitives, and rotary embedding. SwiGLU in pieces that stay in a core's cache from one primitive to the
 * next would gain nothing: its exponentials take longer than memory does.
 */
final class OneDnnElementwise implements AutoCloseable {
    /** Values that a core turns at once; 128 KiB in fp32, which stay in its own cache. */
    private static final long PIECE = 1 << 15;

    private final Operands operands;
    private final Primitives primitives;
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
        swish(values).run(Operands.dense(gate), to);
        multiply(values).run(to, Operands.dense(up), to);
    }

    void swiGluGrad(INDArray dy, INDArray gate, INDArray up, INDArray dGate, INDArray dUp) {
        Layout values = Layout.of(gate.dataType(), gate.shape());
        long gradient = operands.as(gate.dataType(), dy, "dy");
        long gates = Operands.dense(gate);
        long toGate = Operands.dense(dGate);
        long toUp = Operands.dense(dUp);
        swish(values).run(gates, toUp);
        multiply(values).run(toUp, gradient, toUp);
        multiply(values).run(gradient, Operands.dense(up), toGate);
        primitives.eltwiseGrad(dnnl_eltwise_swish, 1, 0, values).run(gates, toGate, toGate);
    }

    private Primitive swish(Layout values) {
        return primitives.eltwise(dnnl_eltwise_swish, 1, 0, values, values, PostOps.NONE);
    }

    private Primitive multiply(Layout values) {
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
        rotary.close();
    }
}
