package thinkj.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An objective on stock SameDiff, over log-probabilities and entropies that are given as numbers. */
final class LossCheck {

    /** An objective's definition. */
    interface Objective {
        SDVariable define(SameDiff sd, SDVariable logProbs, SDVariable entropy);
    }

    private final Objective objective;
    private final Map<String, INDArray> inputs;

    LossCheck(Objective objective, Map<String, INDArray> inputs) {
        this.objective = objective;
        this.inputs = inputs;
    }

    /** Values of named nodes, each flat. */
    Map<String, double[]> values(float[] logProbs, float[] entropy, List<String> names) {
        SameDiff sd = SameDiff.create();
        objective.define(sd, sd.var("p", Nd4j.createFromArray(logProbs)), sd.var("h", Nd4j.createFromArray(entropy)));
        Map<String, double[]> values = new LinkedHashMap<>();
        sd.output(inputs, names).forEach((name, array) -> values.put(name, flat(array)));
        return values;
    }

    double loss(float[] logProbs, float[] entropy) {
        return values(logProbs, entropy, List.of("loss")).get("loss")[0];
    }

    /** Gradients of the scalar: of the log-probabilities under "p", of the entropies (where it uses them) under "h". */
    Map<String, double[]> gradients(float[] logProbs, float[] entropy, String... of) {
        SameDiff sd = SameDiff.create();
        SDVariable p = sd.var("p", Nd4j.createFromArray(logProbs));
        SDVariable h = sd.var("h", Nd4j.createFromArray(entropy));
        sd.setLossVariables(objective.define(sd, p, h));
        Map<String, double[]> values = new LinkedHashMap<>();
        sd.calculateGradients(inputs, of).forEach((name, array) -> values.put(name, flat(array)));
        return values;
    }

    /**
     * Compares the gradient of the log-probabilities with central differences.
     *
     * @param tolerance absolute; fp32 differences over a step of 2·10⁻² are good to a few 10⁻⁵, the curvature adds its share
     */
    void differences(float[] logProbs, float[] entropy, double tolerance) {
        double[] gradient = gradients(logProbs, entropy, "p").get("p");
        float step = 1e-2f;
        for (int t = 0; t < logProbs.length; t++) {
            float[] up = logProbs.clone();
            float[] down = logProbs.clone();
            up[t] += step;
            down[t] -= step;
            double expected = (loss(up, entropy) - loss(down, entropy)) / (up[t] - down[t]);
            assertEquals(expected, gradient[t], tolerance, "target " + t);
        }
    }

    private static double[] flat(INDArray array) {
        return array.isScalar() ? new double[] {array.getDouble(0)} : array.reshape(array.length()).toDoubleVector();
    }
}
