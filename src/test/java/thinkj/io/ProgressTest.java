package thinkj.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
    @Test
    void withoutATerminalOnlyNowAndThen() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Progress progress = Progress.plain("judging", 3, 0, new PrintStream(bytes, true, StandardCharsets.UTF_8))) {
            progress.step();
            progress.note("loss 0.5");
            progress.step(2);
        }
        assertEquals("judging: 3 of 3, 0 s; loss 0.5\n", bytes.toString(StandardCharsets.UTF_8));
    }
}
