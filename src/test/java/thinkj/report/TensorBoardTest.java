package thinkj.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardTest {
    /** What every event file of TensorFlow's own begins with: the length 24 and its checksum. */
    private static final byte[] FIRST_BYTES = {0x18, 0, 0, 0, 0, 0, 0, 0, (byte) 0xa3, 0x7f, 0x4b, 0x22};

    @TempDir
    private Path temp;

    @Test
    void beginsAsTensorFlowsOwnFilesDo() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new EventFile(bytes).begin(1.5e9);
        assertArrayEquals(FIRST_BYTES, Arrays.copyOf(bytes.toByteArray(), FIRST_BYTES.length));
    }

    @Test
    void everyLineIsAnEvent() throws IOException {
        Path run = RunFiles.supervised(temp.resolve("run"));
        new TensorBoard(run).update(RunFolder.read(run, false));
        List<Events.Event> events = Events.read(file(run));
        assertEquals("brain.Event:2", Events.text(events.get(0).fields().get(3)));
        List<Events.Event> losses = having("loss", events);
        assertEquals(List.of(1L, 2L, 3L, 4L), losses.stream().map(Events.Event::step).toList());
        assertEquals(Map.of("loss", 0.25f, "learning_rate", 0.001f), losses.get(3).scalars());
        assertEquals(1008, losses.get(3).time(), "the time that the timings tell");
        assertEquals(List.of(Map.of("tokens_per_second", 500f)),
                having("tokens_per_second", events).stream().map(Events.Event::scalars).distinct().toList(), "the time itself is no curve");
    }

    @Test
    void goesOnWithWhatIsNewAndNoStepIsThereTwice() throws IOException {
        Path run = RunFiles.supervised(temp.resolve("run"));
        TensorBoard board = new TensorBoard(run);
        board.update(RunFolder.read(run, false));
        Path file = file(run);
        byte[] before = Files.readAllBytes(file);
        RunFiles.step(run, 5, 0.2);
        board.update(RunFolder.read(run, false));
        board.update(RunFolder.read(run, false));
        assertArrayEquals(before, Arrays.copyOf(Files.readAllBytes(file), before.length), "what a reader has read stays");
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), having("loss", Events.read(file)).stream().map(Events.Event::step).toList());
    }

    /** A run that was taken up again at step 3 does it anew, perhaps on another machine. */
    @Test
    void aRunTakenUpAgainHasOneFileWithEachStepOnce() throws IOException {
        Path run = RunFiles.supervised(temp.resolve("run"));
        new TensorBoard(run).update(RunFolder.read(run, false));
        RunFiles.step(run, 3, 9);
        new TensorBoard(run).update(RunFolder.read(run, false));
        List<Events.Event> losses = having("loss", Events.read(file(run)));
        assertEquals(List.of(1f, 0.5f, 9f), losses.stream().map(event -> event.scalars().get("loss")).toList());
    }

    @Test
    void aFileThatSomebodyTookAwayIsMadeAnew() throws IOException {
        Path run = RunFiles.supervised(temp.resolve("run"));
        TensorBoard board = new TensorBoard(run);
        board.update(RunFolder.read(run, false));
        Files.delete(file(run));
        board.update(RunFolder.read(run, false));
        assertEquals(4, having("loss", Events.read(file(run))).size());
    }

    @Test
    void settingsAreAText() throws IOException {
        Path run = RunFiles.supervised(temp.resolve("run"));
        new TensorBoard(run).update(RunFolder.read(run, false));
        String bytes = Files.readString(file(run), StandardCharsets.ISO_8859_1);
        assertTrue(bytes.contains("    seed: 42\n"), "four blanks make it a block of code");
        assertFalse(bytes.contains("\nseed: 42"));
    }

    private static List<Events.Event> having(String tag, List<Events.Event> events) {
        return events.stream().filter(event -> event.scalars().containsKey(tag)).toList();
    }

    private static Path file(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run.resolve("tensorboard"))) {
            List<Path> all = files.toList();
            assertEquals(1, all.size(), all.toString());
            return all.get(0);
        }
    }
}
