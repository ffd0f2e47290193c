package thinkj.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.loss.SftLoss;
import thinkj.model.LossGraph;
import thinkj.model.PackedTokens;
import thinkj.model.Qwen2Model;
import thinkj.runtime.NodeListener;
import thinkj.runtime.Rematerialisation;
import thinkj.train.AdamW;
import thinkj.train.Gradients;

/** Supervised training of every parameter: forward and backward are the step, the optimizer runs between two of them. */
final class TrainSteps implements Steps {
    static final String NORM = "gradient_norm_seconds";
    static final String ADAMW = "adamw_seconds";

    /** So small that the random model stays as it is, in numbers as in speed. */
    private static final double RATE = 1e-9;

    private final Qwen2Model model;
    private final LossGraph graph;
    private final PackedTokens batch;
    private final Map<String, INDArray> inputs;
    private final Gradients gradients;
    private final AdamW adamW;

    TrainSteps(Qwen2Model model, PackedTokens batch, Rematerialisation rematerialisation, NodeListener listener) {
        this.batch = batch;
        this.model = model;
        graph = new LossGraph(model, 1, SftLoss::define, rematerialisation);
        graph.listen(listener);
        float[] weights = new float[batch.targets()];
        Arrays.fill(weights, 1);
        inputs = SftLoss.inputs(weights, batch.targets());
        gradients = new Gradients(model.trainable());
        adamW = new AdamW(model.trainable(), new AdamW.Settings(0.9, 0.999, 1e-8, 0.01), name -> true, model::weightWritten);
    }

    @Override
    public void run() {
        gradients.clear();
        gradients.collect(graph, batch, inputs, SftLoss.LOSS);
    }

    @Override
    public Map<String, Double> between() {
        Map<String, Double> seconds = new LinkedHashMap<>();
        seconds.put(NORM, seconds(gradients::norm));
        seconds.put(ADAMW, seconds(() -> adamW.step(gradients, RATE, 1)));
        model.weightsChanged();
        return seconds;
    }

    private static double seconds(Runnable work) {
        long from = System.nanoTime();
        work.run();
        return (System.nanoTime() - from) / 1e9;
    }

    @Override
    public void close() {
        inputs.values().forEach(INDArray::close);
        gradients.close();
        adamW.close();
    }
}
