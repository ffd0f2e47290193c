package thinkj.train;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import thinkj.device.CpuNatives;
import thinkj.device.Machine;

/** What a run runs on, as a line of {@code environment.jsonl}: one for each time that it was started. */
final class RunEnvironment {
    private RunEnvironment() {}

    /**
     * @param recipe sft, dpo or grpo
     * @param steps of the whole run
     * @param engine what its products are computed with, for people
     */
    static Map<String, Object> line(String recipe, int steps, String engine) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("recipe", recipe);
        line.put("steps", steps);
        line.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        line.put("process", ProcessHandle.current().pid());
        line.put("engine", engine);
        line.put("thinkj", version("/thinkj/version.properties"));
        line.put("nd4j", version("/META-INF/maven/org.nd4j/nd4j-api/pom.properties") + ", natives " + CpuNatives.installed().label());
        line.put("java", System.getProperty("java.version") + ", " + System.getProperty("java.vendor"));
        line.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + System.getProperty("os.arch"));
        line.put("cpu", Machine.cpu());
        line.put("cores", Machine.cores());
        line.put("cpu_features", String.join(" ", CpuNatives.notableFlags()));
        line.put("physical_memory", Machine.physicalMemory());
        line.put("heap_limit", Machine.heapLimit());
        line.put("off_heap_limit", Machine.offHeapLimit());
        return line;
    }

    /** The version that Maven wrote into a jar. */
    private static String version(String resource) {
        try (InputStream in = RunEnvironment.class.getResourceAsStream(resource)) {
            if (in == null) {
                return "unknown";
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
