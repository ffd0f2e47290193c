package thinkj.checkpoint;

import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Names and shapes of a low-rank adapter's tensors, as PEFT has them: beside a weight [out, in] stand {@code lora_A} [r, in] and
 * {@code lora_B} [out, r].
 */
public final class LoraTensors {
    /** Of a weight's rows, so that all cores have some. */
    private static final int PARTS = 64;

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

    /**
     * {@code weight += scale · b·a}, all fp32 and in C order; row by row, so that nothing of the weight's size is made on the way: what
     * products of ND4J leave for the garbage collector would add up to a second model.
     */
    public static void merge(INDArray weight, INDArray a, INDArray b, double scale) {
        int width = Math.toIntExact(a.size(1));
        int rank = Math.toIntExact(a.size(0));
        float[] narrow = a.data().asFloat();
        FloatBuffer wide = b.data().asNioFloat();
        FloatBuffer rows = weight.data().asNioFloat();
        IntStream.range(0, PARTS).parallel().forEach(part -> {
            float[] row = new float[width];
            float[] what = new float[width];
            for (int o = (int) (b.size(0) * part / PARTS); o < b.size(0) * (part + 1) / PARTS; o++) {
                rows.get(o * width, row);
                for (int r = 0; r < rank; r++) {
                    System.arraycopy(narrow, r * width, what, 0, width);
                    add(row, (float) (scale * wide.get(o * rank + r)), what);
                }
                rows.put(o * width, row);
            }
        });
    }

    private static void add(float[] to, float factor, float[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * what[i];
        }
    }
}
