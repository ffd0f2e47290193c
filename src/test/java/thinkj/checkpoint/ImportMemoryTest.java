package thinkj.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What importing takes beside the weights, in a process of its own: its peak counts mapped pages too. */
class ImportMemoryTest {
    private static final Path STATUS = Path.of("/proc/self/status");

    @TempDir
    Path temp;

    @Test
    void importHoldsNoSecondCopy() throws Exception {
        Assumptions.assumeTrue(Files.exists(STATUS), "SKIPPED: needs Linux, whose /proc tells a process's peak memory");
        Qwen2Config config = new Qwen2Config(512, 4, 8, 2, 2048, 90_000, 128, 10_000, 1e-6, true);
        Path folder = temp.resolve("model");
        RandomCheckpoint.write(folder, config, GenerationConfig.neutral(List.of(1), -1), 1, new SaveOptions(Dtype.F32), null, count -> {});
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-cp",
                        System.getProperty("java.class.path"), Child.class.getName(), folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String answer = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, child.waitFor());
        double weights = 4.0 * Qwen2Tensors.parameters(config);
        double taken = Long.parseLong(answer.substring(answer.lastIndexOf('\n') + 1));
        // The weights, a window of 32 MiB, and what the loading code itself touches.
        assertTrue(taken < 1.3 * weights, taken / weights + " times the weights");
        assertTrue(taken > 0.9 * weights, taken / weights + " times the weights");
    }

    /** Loads a checkpoint and prints by how many bytes the process grew at its peak. */
    static final class Child {
        public static void main(String[] arguments) throws IOException {
            HfCheckpoint checkpoint = HfCheckpoint.open(Path.of(arguments[0]));
            Nd4j.ones(2).close();
            long before = status("VmRSS");
            Map<String, INDArray> weights = checkpoint.load();
            System.out.println(status("VmHWM") - before);
            weights.values().forEach(INDArray::close);
        }

        private static long status(String field) throws IOException {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(field + ":")) {
                    return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
            throw new IOException("no " + field);
        }
    }
}
