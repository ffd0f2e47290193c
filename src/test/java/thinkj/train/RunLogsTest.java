package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.UserError;

/** Logs go back to where a checkpoint left them. */
class RunLogsTest {
    @TempDir
    Path folder;

    private void write(String name, String text) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        Files.writeString(folder.resolve(name), text);
    }

    private String read(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    @Test
    void whatCameAfterTheCheckpointIsCutOff() throws IOException {
        RunLogs logs = new RunLogs(folder);
        write("metrics.jsonl", "{\"step\":1}\n{\"step\":2}\n");
        write("timings.jsonl", "{\"step\":1}\n");
        Map<String, RunLogs.Mark> marks = logs.marks();
        assertEquals(22, marks.get("metrics.jsonl").bytes());
        Files.writeString(folder.resolve("metrics.jsonl"), "{\"step\":3}\n{\"st", StandardOpenOption.APPEND);
        write("timings.jsonl", "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n{\"st");
        write("samples/completions.jsonl", "{\"step\":3}\n");
        logs.backTo(marks, 2);
        assertEquals("{\"step\":1}\n{\"step\":2}\n", read("metrics.jsonl"));
        assertEquals("{\"step\":1}\n{\"step\":2}\n", read("timings.jsonl"));
        assertEquals("", read("samples/completions.jsonl"), "there was none when the checkpoint was written");
    }

    @Test
    void aLogThatSaysSomethingElseIsRefused() throws IOException {
        RunLogs logs = new RunLogs(folder);
        write("metrics.jsonl", "{\"step\":1}\n");
        Map<String, RunLogs.Mark> marks = logs.marks();
        for (String other : new String[] {"{\"step\":7}\n", "{\"st"}) {
            write("metrics.jsonl", other);
            assertEquals(
                    folder.resolve("metrics.jsonl") + ": no longer begins with what it held at step 1; put the run's own file back, or begin a run "
                            + "in another folder",
                    assertThrows(UserError.class, () -> logs.backTo(marks, 1)).getMessage());
        }
    }

    @Test
    void withoutACheckpointNothingStays() throws IOException {
        write("metrics.jsonl", "{\"step\":0}\n{\"step\":1}\n");
        write("timings.jsonl", "{\"step\":0}\n");
        new RunLogs(folder).backTo(Map.of(), 0);
        assertEquals("", read("metrics.jsonl") + read("timings.jsonl"));
    }
}
