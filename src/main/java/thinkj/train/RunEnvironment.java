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

/** What a run does and what it runs on, as a line of {@code environment.jsonl}: one for each time that it was started. */
final class RunEnvironment {
    private RunEnvironment() {}

    static Map<String, Object> line(RunTask task) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("recipe", task.recipe());
        line.put("steps", task.steps());
        line.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        line.put("process", ProcessHandle.current().pid());
        line.put("layers", task.layers());
        line.put("parameters", task.parameters());
        line.put("trained_parameters", task.trained());
        line.put("engine", task.engine());
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
