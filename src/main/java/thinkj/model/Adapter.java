package thinkj.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.LoraTensors;
import thinkj.checkpoint.PeftConfig;
import thinkj.checkpoint.Qwen2Config;

/** A low-rank adapter's arrays, fp32, by PEFT's names; its own to close. */
public final class Adapter implements AutoCloseable {
    private static final long GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15L;
    private static final long ANOTHER_FACTOR = 0xBF58_476D_1CE4_E5B9L;
    private static final long A_THIRD_FACTOR = 0x94D0_49BB_1331_11EBL;

    private final PeftConfig config;
    private final Map<String, INDArray> arrays;
    private final long seed;

    /**
     * @param arrays of {@link LoraTensors#of}; become the adapter's own
     * @param seed of dropout
     */
    public Adapter(PeftConfig config, Map<String, INDArray> arrays, long seed) {
        this.config = config;
        this.arrays = arrays;
        this.seed = seed;
    }

    /**
     * One that changes nothing yet, as PEFT begins: {@code lora_A} evenly distributed within {@code ±1/√in} (Kaiming's rule with a = √5),
     * {@code lora_B} zero.
     */
    public static Adapter fresh(Qwen2Config model, PeftConfig config, long seed) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        SplittableRandom random = new SplittableRandom(seed);
        LoraTensors.of(model, config).forEach((name, shape) -> {
            INDArray array = Nd4j.create(DataType.FLOAT, shape, 'c').assign(0);
            if (name.endsWith(".lora_A.weight")) {
                double limit = 1 / Math.sqrt(shape[1]);
                for (long i = 0; i < array.length(); i++) {
                    array.data().put(i, limit * (2 * random.nextDouble() - 1));
                }
            }
            arrays.put(name, array);
        });
        return new Adapter(config, arrays, seed);
    }

    public PeftConfig config() {
        return config;
    }

    /** By name; trainers change them in place. */
    public Map<String, INDArray> arrays() {
        return arrays;
    }

    /** One with the same values, which stays as it is. */
    public Adapter copy() {
        Map<String, INDArray> copies = new LinkedHashMap<>();
        arrays.forEach((name, array) -> copies.put(name, array.dup('c')));
        return new Adapter(config, copies, seed);
    }

    /** Adds a weight's low-rank product to it, where the adapter has one. */
    void mergeInto(INDArray array, String weight) {
        if (LoraTensors.isAdapted(weight, config)) {
            LoraTensors.merge(array, arrays.get(LoraTensors.a(weight)), arrays.get(LoraTensors.b(weight)), config.scale());
        }
    }

    /**
     * What dropout of a token's row is drawn from: its place in the run alone, so that neither the company it is computed in nor a stop
     * changes what is dropped.
     *
     * @param sequence its number in the step
     * @param token its number in the sequence
     */
    int dropoutKey(int step, int sequence, int token) {
        return new SplittableRandom(seed + GOLDEN_RATIO * step + ANOTHER_FACTOR * sequence + A_THIRD_FACTOR * token).nextInt();
    }

    @Override
    public void close() {
        arrays.values().forEach(INDArray::close);
    }
}
