package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_swish;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import org.nd4j.linalg.api.ndarray.INDArray;

/** RMS norm and SwiGLU by oneDNN's primitives. */
final class OneDnnElementwise {
    private final Operands operands;
    private final Primitives primitives;

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
}
