package thinkj.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.Summary;
import thinkj.io.JsonLines;
import thinkj.report.Events.Event;

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
        List<Event> events = Events.read(file(run));
        assertEquals("brain.Event:2", events.get(0).getFileVersion());
        List<Event> losses = having("loss", events);
        assertEquals(List.of(1L, 2L, 3L, 4L), losses.stream().map(Event::getStep).toList());
        assertEquals(Map.of("loss", 0.25f, "learning_rate", 0.001f), Events.scalars(losses.get(3)));
        assertEquals(1008, losses.get(3).getWallTime(), "the time that the timings tell");
        assertEquals(List.of(Map.of("tokens_per_second", 500f)),
                having("tokens_per_second", events).stream().map(Events::scalars).distinct().toList(), "the time itself is no curve");
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
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), having("loss", Events.read(file)).stream().map(Event::getStep).toList());
    }

    /** A run that was taken up again at step 3 does it anew, perhaps on another machine. */
    @Test
    void aRunTakenUpAgainHasOneFileWithEachStepOnce() throws IOException {
        Path run = RunFiles.supervised(temp.resolve("run"));
        new TensorBoard(run).update(RunFolder.read(run, false));
        RunFiles.step(run, 3, 9);
        new TensorBoard(run).update(RunFolder.read(run, false));
        List<Event> losses = having("loss", Events.read(file(run)));
        assertEquals(List.of(1f, 0.5f, 9f), losses.stream().map(event -> Events.scalars(event).get("loss")).toList());
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

    /** Whatever a log holds is in the file under the same step, as a float, and nothing else is. */
    @Test
    void allScalarsOfBothLogsComeBack() throws IOException {
        Path run = RunFiles.supervised(temp.resolve("run"));
        RunFiles.append(run.resolve("metrics.jsonl"),
                "{\"step\":7,\"loss\":3.141592653589793,\"val/test_score/Güte 1\":-1.0E-7,\"eval_loss\":12345678.9}\n{\"step\":100000,\"loss\":0.0}\n");
        RunFiles.append(run.resolve("timings.jsonl"), "{\"step\":7,\"time\":1100.5,\"timing_s/gen\":17.25,\"timing_s/step\":90.125}\n");
        new TensorBoard(run).update(RunFolder.read(run, false));
        Map<String, Float> expected = new TreeMap<>();
        for (String log : List.of("metrics.jsonl", "timings.jsonl")) {
            for (JsonLines.Row row : JsonLines.readAll(run.resolve(log).toString())) {
                row.json().properties().stream()
                        .filter(field -> !List.of("step", "time").contains(field.getKey()))
                        .forEach(field -> expected.put(row.json().get("step") + " " + field.getKey(), field.getValue().floatValue()));
            }
        }
        Map<String, Float> read = new TreeMap<>();
        for (Event event : Events.read(file(run))) {
            Events.scalars(event).forEach((tag, value) -> assertNull(read.put(event.getStep() + " " + tag, value), tag + " twice"));
        }
        assertEquals(4 * 3 + 3 + 1 + 2, read.size());
        assertEquals(expected, read);
    }

    @Test
    void settingsAreAText() throws IOException {
        Path run = RunFiles.supervised(temp.resolve("run"));
        new TensorBoard(run).update(RunFolder.read(run, false));
        List<Summary.Value> texts = Events.read(file(run)).stream()
                .flatMap(event -> Events.values(event).stream())
                .filter(Summary.Value::hasTensor)
                .toList();
        assertEquals(1, texts.size());
        assertEquals("text", texts.get(0).getMetadata().getPluginData().getPluginName());
        assertEquals(DataType.DT_STRING, texts.get(0).getTensor().getDtype());
        String text = texts.get(0).getTensor().getStringVal(0).toStringUtf8();
        assertTrue(text.contains("    seed: 42\n"), "four blanks make it a block of code");
        assertFalse(text.contains("\nseed: 42"));
    }

    private static List<Event> having(String tag, List<Event> events) {
        return events.stream().filter(event -> Events.scalars(event).containsKey(tag)).toList();
    }

    private static Path file(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run.resolve("tensorboard"))) {
            List<Path> all = files.toList();
            assertEquals(1, all.size(), all.toString());
            return all.get(0);
        }
    }
}
