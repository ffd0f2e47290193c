package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.device.CpuNatives;
import thinkj.device.Usage;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.kernels.onednn.OneDnn;
import thinkj.loss.SftLoss;
import thinkj.model.PackedTokens;
import thinkj.model.Qwen2Model;
import thinkj.runtime.Lanes;

/** What is said to be needed, against what training takes in a process of its own. */
class TrainingMemoryPeakTest {
    private static final int TOKENS = 2048;

    /** Without an AVX-512 CPU there is no bf16, and fp32 stands in for it. */
    private static Precision precision() {
        return OneDnn.problem().isEmpty() && OneDnn.hasBf16() ? Precision.BF16 : Precision.FP32;
    }

    /** A vocabulary that is large beside the model, as those of small models are. */
    private static Qwen2Config config(int hidden) {
        return new Qwen2Config(hidden, 4, 4, 2, 4 * hidden, 32_000, 2048, 1e6, 1e-6, true, Map.of());
    }

    @ParameterizedTest
    @CsvSource({"512, FP32", "512, BF16", "128, FP32"})
    void whatIsCountedIsWhatIsTaken(int hidden, Precision asked) throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/status")), "SKIPPED: needs Linux, whose /proc tells a process's memory");
        Precision precision = asked == Precision.BF16 ? precision() : asked;
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-Xms256m", "-XX:+AlwaysPreTouch",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-cp", System.getProperty("java.class.path"), Child.class.getName(), "" + hidden, precision.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("OMP_WAIT_POLICY", "passive");
        // Large blocks get mappings of their own, which a closed array gives back at once, as under the launcher.
        builder.environment().put("GLIBC_TUNABLES", "glibc.malloc.mmap_threshold=1048576");
        Process child = builder.start();
        String answer = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, child.waitFor());
        double taken = Long.parseLong(answer.substring(answer.lastIndexOf('\n') + 1));
        int lanes = MicroBatchLanes.of(config(hidden), Lanes.forWidth(hidden));
        TrainingMemory memory = TrainingMemory.of(config(hidden), precision, Optional.empty(), TOKENS, TOKENS, lanes);
        double counted = memory.parts().values().stream().mapToLong(Long::longValue).sum();
        // Beside what is counted there are tiles, weights packed for a product, and code that oneDNN compiles.
        assertTrue(taken > 0.9 * counted && taken < 1.2 * counted, taken / counted + " times " + memory.parts());
    }

    /** Takes two steps and prints by how many bytes the process has grown outside the Java heap. */
    static final class Child {
        public static void main(String[] arguments) {
            CpuNatives.install();
            int hidden = Integer.parseInt(arguments[0]);
            Engine engine = Engine.of(Engine.Choice.AUTO, Precision.valueOf(arguments[1]));
            Nd4j.ones(2).close();
            long before = Usage.offHeap();
            Map<String, INDArray> weights = new LinkedHashMap<>();
            Qwen2Tensors.of(config(hidden)).forEach((name, shape) -> weights.put(name, Nd4j.rand(shape).muli(0.02)));
            try (Qwen2Model model = new Qwen2Model(config(hidden), weights, engine);
                    MicroBatchLanes lanes = new MicroBatchLanes(model, 1, SftLoss::define);
                    Gradients gradients = new Gradients(weights);
                    AdamW adamW = new AdamW(weights, new AdamW.Settings(0.9, 0.999, 1e-8, 0), name -> true, model::weightWritten)) {
                List<int[]> places = IntStream.range(0, Lanes.forWidth(hidden)).mapToObj(i -> new int[] {i}).toList();
                for (int step = 1; step <= 2; step++) {
                    gradients.clear();
                    lanes.learn(step, places, gradients, microBatch -> "micro-batch " + microBatch,
                            (graph, own, microBatch) -> own.collect(graph, batch(), inputs(), SftLoss.LOSS));
                    adamW.step(gradients, 1e-4, 1);
                    model.weightsChanged();
                }
                System.gc();
                System.out.println(Usage.offHeap() - before);
            }
        }

        private static PackedTokens batch() {
            PackedTokens.Builder packed = new PackedTokens.Builder();
            packed.add(IntStream.range(0, TOKENS).map(i -> i * 31 % 32_000).toArray(), 1);
            return packed.build();
        }

        private static Map<String, INDArray> inputs() {
            float[] ones = new float[TOKENS - 1];
            Arrays.fill(ones, 1);
            return SftLoss.inputs(ones, TOKENS - 1);
        }
    }
}
