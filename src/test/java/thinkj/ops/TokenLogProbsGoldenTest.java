package thinkj.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.Golden;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.runtime.GraphRunner;
import thinkj.runtime.Rematerialisation;

/** Log-probabilities and entropies of verl from logits: the projection is the identity, so that hidden states are logits. */
@Tag("golden")
class TokenLogProbsGoldenTest {
    /** AUTO is oneDNN where it runs. */
    private static final List<Engine.Choice> CHOICES = List.of(Engine.Choice.ND4J, Engine.Choice.AUTO);

    /** fp32 sums over a small vocabulary, values up to 8. */
    private static final double TOLERANCE = 5e-6;

    private final JsonNode golden = Golden.json("grpo/synthetic.json").get("entropy");

    @Test
    void logProbsEntropyAndItsGradient() {
        CHOICES.forEach(this::compare);
    }

    private void compare(Engine.Choice choice) {
        Golden.Tensor logits = Golden.tensor("grpo", golden.get("logits"));
        int vocabulary = logits.shape()[2];
        int tokens = logits.doubles().length / vocabulary;
        SameDiff sd = SameDiff.create();
        SDVariable hidden = sd.placeHolder("h", DataType.FLOAT, -1, vocabulary);
        SDVariable projection = sd.placeHolder("w", DataType.FLOAT, vocabulary, vocabulary);
        SDVariable[] scores = TokenLogProbs.of(hidden, projection, sd.placeHolder("ids", DataType.INT32, -1), 1);
        scores[0].rename("log_probs");
        scores[1].rename("entropy");
        // verl's masked mean, in the order rows, positions
        sd.sum(scores[1].mul(sd.placeHolder("weights", DataType.FLOAT, -1))).rename("loss");
        GraphRunner runner = new GraphRunner(sd, Engine.of(choice, Precision.FP32).kernels(), 1, Rematerialisation.OFF);
        runner.differentiate("loss", List.of("h"));

        Map<String, INDArray> inputs = new LinkedHashMap<>();
        inputs.put("h", Nd4j.create(logits.floats(), new int[] {tokens, vocabulary}, 'c'));
        inputs.put("w", Nd4j.eye(vocabulary).castTo(DataType.FLOAT));
        inputs.put("ids", Nd4j.createFromArray(Golden.ints(golden.get("labels"))));
        inputs.put("weights", Nd4j.createFromArray(weights(Golden.doubles(golden.get("mask")))));
        INDArray dh = Nd4j.createUninitialized(DataType.FLOAT, inputs.get("h").shape());
        Map<String, INDArray> outputs = runner.gradients(inputs, List.of("log_probs", "entropy", "loss"), Map.of("h", dh), false);

        assertArrayEquals(
                Golden.doubles(golden.get("logprobs_from_logits")), outputs.get("log_probs").toDoubleVector(), TOLERANCE);
        assertArrayEquals(Golden.doubles(golden.get("entropy_from_logits")), outputs.get("entropy").toDoubleVector(), TOLERANCE);
        assertEquals(golden.get("compute_entropy_loss").doubleValue(), outputs.get("loss").getDouble(0), TOLERANCE);
        double[] gradient = dh.reshape((long) tokens * vocabulary).toDoubleVector();
        assertArrayEquals(Golden.tensor("grpo", golden.get("grad_logits")).doubles(), gradient, TOLERANCE);
    }

    private static float[] weights(double[] mask) {
        double live = 0;
        for (double m : mask) {
            live += m;
        }
        float[] weights = new float[mask.length];
        for (int i = 0; i < mask.length; i++) {
            weights[i] = (float) (mask[i] / live);
        }
        return weights;
    }
}
