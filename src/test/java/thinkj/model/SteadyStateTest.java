package thinkj.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.kernels.Engine;
import thinkj.kernels.Kernels;
import thinkj.kernels.Precision;
import thinkj.loss.GrpoLoss;

/** What runs leave behind: once shapes have been seen, nothing. */
class SteadyStateTest {
    private static final Qwen2Config CONFIG = new Qwen2Config(24, 2, 4, 2, 40, 50, 64, 10000, 1e-6, true, Map.of());

    private final GrpoLoss loss = new GrpoLoss(0.2, 0.3, Optional.of(3.0), 0.01, 0.05);

    @Test
    void runsOfShapesThatWereSeenBeforeMakeNoArrays() {
        try (Qwen2Model model = new Qwen2Model(CONFIG, zeros(), new Engine(Precision.BF16, copies -> nothing(), "none"))) {
            LossGraph graph = new LossGraph(model, 1, loss::define);
            Map<String, INDArray> gradients = zeros();
            PackedTokens batch = batch(9);
            Map<String, INDArray> inputs = inputs(batch);
            // Other shapes, more memory, and back.
            for (PackedTokens other : new PackedTokens[] {batch, batch(30), batch}) {
                run(graph, other, gradients);
            }
            Map<String, INDArray> first = graph.gradients(batch, inputs, gradients, false, GrpoLoss.LOSS);
            graph.forward(batch, inputs, GrpoLoss.LOSS);
            long before = Nd4j.getDeallocatorService().nextValue();
            for (int i = 0; i < 20; i++) {
                assertSame(first, graph.gradients(batch, inputs, gradients, i > 0, GrpoLoss.LOSS));
                graph.forward(batch, inputs, GrpoLoss.LOSS);
            }
            // The service numbers every buffer and context that ND4J makes, and every question after the next number.
            assertEquals(before + 1, Nd4j.getDeallocatorService().nextValue());
        }
    }

    private void run(LossGraph graph, PackedTokens batch, Map<String, INDArray> gradients) {
        graph.gradients(batch, inputs(batch), gradients, false, GrpoLoss.LOSS);
    }

    private static PackedTokens batch(int length) {
        return new PackedTokens.Builder().add(new int[length], 1).add(new int[5], 2).build();
    }

    private Map<String, INDArray> inputs(PackedTokens batch) {
        float[] ones = new float[batch.targets()];
        Arrays.fill(ones, 1);
        return loss.inputs(ones, ones, ones, ones);
    }

    private static Map<String, INDArray> zeros() {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        Qwen2Tensors.of(CONFIG).forEach((name, shape) -> weights.put(name, Nd4j.zeros(DataType.FLOAT, shape)));
        return weights;
    }

    /** Kernels that compute nothing, so that what the plan does itself is all that is seen. */
    private static Kernels nothing() {
        Runnable prepared = () -> {};
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> method.getReturnType() == Runnable.class ? prepared : null);
    }
}
