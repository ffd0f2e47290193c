package thinkj.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.UserError;

/** What is said where the UI cannot be; how it is where it can, is tested with the Maven profile ui. */
class TrainingUiTest {
    private static final ClassLoader NOTHING = ClassLoader.getPlatformClassLoader();

    private static final String MISSING = "--ui: Deeplearning4j's training UI is not on the class path, to which the Maven profile ui puts it; "
            + "start with ./thinkj, which builds with it where --ui is given, or build by `mvn -Pui -Dmaven.test.skip=true package` and run with "
            + "java -cp \"target/ui/thinkj.jar:$(cat target/ui/classpath)\"";

    @TempDir
    private Path temp;

    private static String refusal(int port, ClassLoader classes) {
        return assertThrows(UserError.class, () -> TrainingUi.serve(port, classes)).getMessage();
    }

    @Test
    void itsLibrariesMayBeMissing() {
        assertEquals(MISSING, refusal(0, NOTHING));
    }

    /** As where the jar was built with the profile and the class path without. */
    @Test
    void someOfThemMayBeMissing() throws IOException {
        Path services = Files.createDirectories(temp.resolve("META-INF/services"));
        Files.writeString(services.resolve(TrainingUi.class.getName()), "thinkj.ui.NoSuchClass\n");
        try (URLClassLoader half = new URLClassLoader(new URL[] {temp.toUri().toURL()}, NOTHING)) {
            assertEquals(MISSING, refusal(0, half));
        }
    }

    @Test
    void portsHaveTheirNumbers() {
        assertEquals("--ui-port: 65536, must be 0 to 65535; 0 takes any that is free", refusal(65536, NOTHING));
        assertTrue(refusal(-1, NOTHING).startsWith("--ui-port: -1, must be"));
    }
}
