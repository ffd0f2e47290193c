package thinkj;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Real data that the project may not ship: {@code ../shared/data} beside the source tree, the environment variable
 * {@code THINKJ_DATA} or the system property {@code thinkj.data}. A test that needs a missing set is skipped, and says so.
 */
public final class RealData {

    private RealData() {}

    /** A set's folder, such as {@code rewardbench}; ends the test as skipped where it is missing. */
    public static Path folder(String name) {
        Path folder = root().resolve(name);
        if (!Files.isDirectory(folder)) {
            String message = "SKIPPED: no folder " + folder.toAbsolutePath().normalize()
                    + "; provide the set '" + name + "' there or set THINKJ_DATA (or -Dthinkj.data) to the folder that holds it";
            System.err.println(message);
            Assumptions.abort(message);
        }
        return folder;
    }

    private static Path root() {
        String property = System.getProperty("thinkj.data");
        String environment = System.getenv("THINKJ_DATA");
        if (property != null && !property.isEmpty()) {
            return Path.of(property);
        }
        if (environment != null && !environment.isEmpty()) {
            return Path.of(environment);
        }
        return Path.of("..", "shared", "data");
    }
}
