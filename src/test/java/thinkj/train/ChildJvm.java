package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A main class in a process of its own, whose Java heap is in memory from the start: what grows later is outside it. */
final class ChildJvm {
    private ChildJvm() {}

    /** Runs it to its end and returns the lines that it printed, on either stream. */
    static List<String> run(Class<?> main, String... arguments) throws Exception {
        return run(List.of(), main, arguments);
    }

    /** With a limit for arrays that holds every small run. */
    static List<String> runTraining(Class<?> main, String... arguments) throws Exception {
        return run(List.of("-Dorg.bytedeco.javacpp.maxbytes=6g"), main, arguments);
    }

    /** As {@link #runTraining}, without the compiler that optimises most, whose own memory comes late and stays. */
    static List<String> runTrainingSimplyCompiled(Class<?> main, String... arguments) throws Exception {
        return run(List.of("-Dorg.bytedeco.javacpp.maxbytes=6g", "-XX:TieredStopAtLevel=1"), main, arguments);
    }

    private static List<String> run(List<String> options, Class<?> main, String... arguments) throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/status")), "SKIPPED: needs Linux, whose /proc tells a process's memory");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-Xms256m", "-XX:+AlwaysPreTouch",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("OMP_WAIT_POLICY", "passive");
        // Large blocks get mappings of their own, which a closed array gives back at once, as under the launcher.
        builder.environment().put("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1048576");
        Process child = builder.start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), said);
        return said.lines().toList();
    }
}
