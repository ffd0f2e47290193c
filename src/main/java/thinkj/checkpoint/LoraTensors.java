package thinkj.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Names and shapes of a low-rank adapter's tensors, as PEFT has them: beside a weight [out, in] stand {@code lora_A} [r, in] and
 * {@code lora_B} [out, r].
 */
public final class LoraTensors {
    private static final String PREFIX = "base_model.model.";
    private static final String WEIGHT = ".weight";

    private LoraTensors() {}

    /** Every tensor's name and shape, in the order of the model's parameters. */
    public static Map<String, long[]> of(Qwen2Config model, PeftConfig adapter) {
        Map<String, long[]> table = new LinkedHashMap<>();
        Qwen2Tensors.of(model).forEach((name, shape) -> {
            if (isAdapted(name, adapter)) {
                table.put(a(name), new long[] {adapter.rank(), shape[1]});
                table.put(b(name), new long[] {shape[0], adapter.rank()});
            }
        });
        return Collections.unmodifiableMap(table);
    }

    /** Number of an adapter's parameters. */
    public static long parameters(Qwen2Config model, PeftConfig adapter) {
        return of(model, adapter).values().stream().mapToLong(Qwen2Tensors::size).sum();
    }

    /** Whether a weight, by the checkpoint's name, has a low-rank pair beside it. */
    public static boolean isAdapted(String weight, PeftConfig adapter) {
        return adapter.targetModules().stream().anyMatch(module -> weight.endsWith("." + module + WEIGHT));
    }

    /** Name of the matrix that narrows. */
    public static String a(String weight) {
        return PREFIX + weight.substring(0, weight.length() - WEIGHT.length()) + ".lora_A.weight";
    }

    /** Name of the matrix that widens again. */
    public static String b(String weight) {
        return PREFIX + weight.substring(0, weight.length() - WEIGHT.length()) + ".lora_B.weight";
    }

    /** {@code weight += scale · b·a}, all fp32. */
    public static void merge(INDArray weight, INDArray a, INDArray b, double scale) {
        try (INDArray product = b.mmul(a)) {
            weight.addi(product.muli(scale));
        }
    }
}
