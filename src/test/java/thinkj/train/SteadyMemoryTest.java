package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.Writer;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.device.CpuNatives;
import thinkj.device.Usage;

/** Memory of long runs: once they are under way it stays as it is. */
@Tag("slow")
class SteadyMemoryTest {
    private static final int STEPS = 500;

    /** Steps between readings, and as many objects as one that is kept in each of them would make. */
    private static final int EVERY = 50;

    private static final int WARM = 200;

    /** What compiled code and the system's own books may take in 300 steps; gradients alone are 3 MB here, a micro-batch's activations more. */
    private static final long ALLOWED = 8 << 20;

    @TempDir
    Path folder;

    /** A reading: the step, bytes outside the heap, bytes in all, pointers that JavaCPP counts and their bytes, ND4J's buffers. */
    private record Reading(int step, long offHeap, long resident, long pointers, long pointerBytes, long buffers) {

        static Reading of(String line) {
            long[] values = Arrays.stream(line.split(" ")).skip(1).mapToLong(Long::parseLong).toArray();
            return new Reading((int) values[0], values[1], values[2], values[3], values[4], values[5]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft", "dpo", "grpo"})
    void nothingGrows(String trainer) throws Exception {
        SmallRuns.make(folder, new Qwen2Config(128, 2, 4, 2, 512, 1000, 2048, 1e6, 1e-6, true, Map.of()), 80);
        List<Reading> readings = ChildJvm.runTrainingSimplyCompiled(Child.class, trainer, folder.toString()).stream()
                .filter(line -> line.startsWith("reading ")).map(Reading::of).toList();
        readings.forEach(reading -> System.out.println(trainer + ": " + reading));
        assertEquals(STEPS / EVERY, readings.size());
        Reading warm = readings.get(WARM / EVERY - 1);
        for (Reading later : readings.subList(WARM / EVERY, readings.size())) {
            assertTrue(later.offHeap <= warm.offHeap + ALLOWED, later + " after " + warm);
            assertTrue(later.resident <= warm.resident + ALLOWED, later + " after " + warm);
            assertTrue(later.pointers < warm.pointers + EVERY, later + " after " + warm);
            assertTrue(later.pointerBytes < warm.pointerBytes + EVERY * Long.BYTES, later + " after " + warm);
        }
        // Plans for lengths that were not seen before hold some; in the end every length has been seen.
        Reading last = readings.get(readings.size() - 1);
        Reading before = readings.get(readings.size() - 2);
        assertTrue(last.buffers < before.buffers + EVERY, last + " after " + before);
    }

    /** Runs a trainer and prints a reading now and then. */
    static final class Child {
        public static void main(String[] arguments) {
            CpuNatives.install();
            List<String> overrides = new ArrayList<>(List.of("max_steps=" + STEPS, "checkpoints.every_minutes=0"));
            if (arguments[0].equals("grpo")) {
                overrides.addAll(List.of(
                        "batch.train_batch_size=2", "batch.n=4", "batch.mini_batch_size=1", "batch.micro_batch_size=4", "rollout.max_prompt_length=120",
                        "rollout.max_response_length=12", "rollout.overlong_buffer_len=1", "checkpoints.every_steps=0"));
            } else {
                overrides.addAll(List.of("batch_size=4", "micro_batch_size=2", "micro_batch_tokens=null", "cutoff_len=512"));
            }
            RunListener listener = new RunListener() {
                @Override
                public void stepped(Path run, int step) {
                    if (step % EVERY == 0) {
                        collect();
                        System.out.println("reading " + step + " " + Usage.offHeap() + " " + Usage.resident() + " " + Pointer.totalCount() + " "
                                + Pointer.totalBytes() + " " + buffers());
                    }
                }
            };
            new SmallRuns(Path.of(arguments[1])).run(
                    arguments[0], RunOptions.STANDARD.heardBy(listener), new PrintWriter(Writer.nullWriter()), overrides.toArray(String[]::new));
        }

        /** Lets Java find what nobody holds, and those whose native memory hangs on it give that back. */
        private static void collect() {
            for (int i = 0; i < 4; i++) {
                System.gc();
                try {
                    Thread.sleep(60);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        /** Buffers and contexts that ND4J has not freed. */
        private static int buffers() {
            try {
                Field field = Nd4j.getDeallocatorService().getClass().getDeclaredField("referenceMap");
                field.setAccessible(true);
                return ((Map<?, ?>) field.get(Nd4j.getDeallocatorService())).size();
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
