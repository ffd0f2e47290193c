package thinkj.bench;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.model.WeightSource;

/**
 * Weights for timing: of a checkpoint's shapes and spread, norms 1 and biases 0, but evenly distributed, which is drawn many times faster
 * than {@code thinkj init}'s normal distribution.
 */
final class RandomWeights {
    private static final int BLOCK = 1 << 16;
    private static final float ROOT_OF_THREE = (float) Math.sqrt(3);

    private RandomWeights() {}

    /** By name, in the checkpoint's order; the caller closes them. */
    static Map<String, INDArray> of(Qwen2Config config) {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        Qwen2Tensors.of(config).forEach((name, shape) -> weights.put(name, one(config, name, shape)));
        return weights;
    }

    /** One by one, in any order; the caller closes them. */
    static WeightSource source(Qwen2Config config) {
        Map<String, long[]> shapes = Qwen2Tensors.of(config);
        return name -> one(config, name, shapes.get(name));
    }

    private static INDArray one(Qwen2Config config, String name, long[] shape) {
        INDArray array = Nd4j.createUninitialized(DataType.FLOAT, shape);
        if (name.endsWith("norm.weight")) {
            array.assign(1);
        } else if (name.endsWith(".bias")) {
            array.assign(0);
        } else {
            fill(array, (float) config.initializerRange() * ROOT_OF_THREE);
        }
        return array;
    }

    /** From −limit to limit. */
    private static void fill(INDArray array, float limit) {
        FloatPointer values = new FloatPointer(array.data().pointer());
        long length = array.length();
        LongStream.range(0, (length + BLOCK - 1) / BLOCK).parallel().forEach(block -> {
            SplittableRandom random = new SplittableRandom(block);
            int count = (int) Math.min(BLOCK, length - block * BLOCK);
            FloatBuffer to = values.getPointer(FloatPointer.class, block * BLOCK).capacity(count).asBuffer();
            for (int i = 0; i < count; i++) {
                to.put(i, limit * (random.nextInt() * 0x1p-31f));
            }
        });
    }
}
