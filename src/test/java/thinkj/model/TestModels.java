package thinkj.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;

/** Weights of models for tests, always the same. */
final class TestModels {
    private TestModels() {}

    static Map<String, INDArray> weights(Qwen2Config config) {
        Random random = new Random(3);
        Map<String, INDArray> weights = new LinkedHashMap<>();
        Qwen2Tensors.of(config).forEach((name, shape) -> {
            INDArray weight = Nd4j.createUninitialized(DataType.FLOAT, shape);
            double centre = name.endsWith("norm.weight") ? 1 : 0;
            for (long i = 0; i < weight.length(); i++) {
                weight.data().put(i, centre + 0.2 * random.nextGaussian());
            }
            weights.put(name, weight);
        });
        return weights;
    }
}
