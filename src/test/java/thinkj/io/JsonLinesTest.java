package thinkj.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsRead() {
        String file = folder.resolve("rows.jsonl").toString();
        try (JsonLines.Writer out = JsonLines.write(file)) {
            out.write(Map.of("text", "Größe\u2028 \uD83D\uDE00\n"));
            out.commit();
        }
        assertEquals("Größe\u2028 \uD83D\uDE00\n", JsonLines.readAll(file).get(0).text("text"));
    }

    @Test
    void gzipIsToldByItsBytesAndBlankLinesAreCounted() throws IOException {
        Path file = folder.resolve("rows.jsonl");
        Files.write(file, gzip("\uFEFF{\"a\": 1}\n\n  \n{\"a\": 2}"));
        List<JsonLines.Row> rows = JsonLines.readAll(file.toString());
        assertEquals(List.of(file + ":1", file + ":4"), rows.stream().map(JsonLines.Row::place).toList());
        assertEquals(2, rows.get(1).require("a").intValue());
    }

    @Test
    void slipsAreNamedByLine() throws IOException {
        assertEquals(":2: not valid JSON at column 7: ", message("{}\n{\"a\": }\n").substring(0, 32));
        assertEquals(":1: a JSON object is expected on every line", message("[1]\n"));
        assertEquals(":1: not valid JSON at column 13: Duplicate field 'a'", message("{\"a\": 1, \"a\": 2}"));
        assertEquals(":1: not valid JSON at column 4: ", message("{} {}").substring(0, 32));
    }

    /** The parser would go on about its own settings. */
    @Test
    void aFileThatStopsInTheMiddleIsNamedWithThePlace() throws IOException {
        Path file = Files.writeString(folder.resolve("cut.json"), "{\n");
        assertEquals(file + ":2:1: not valid JSON: Unexpected end-of-input: expected close marker for Object (start marker at [line: 1, column: 1])",
                assertThrows(UserError.class, () -> Json.read(file)).getMessage());
    }

    @Test
    void cutOffGzip() throws IOException {
        Path file = folder.resolve("rows.gz");
        byte[] whole = gzip("{\"a\": 1}\n".repeat(1000));
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));
        UserError error = assertThrows(UserError.class, () -> JsonLines.readAll(file.toString()));
        assertEquals(file + ": the gzip data is damaged or cut off (Unexpected end of ZLIB input stream); fetch the file again",
                error.getMessage());
    }

    @Test
    void textThatIsNoUtf8() throws IOException {
        Path file = Files.write(folder.resolve("latin.jsonl"), "{}\n{\"a\": \"\u00e9\"}\n".getBytes(StandardCharsets.ISO_8859_1));
        UserError error = assertThrows(UserError.class, () -> JsonLines.readAll(file.toString()));
        assertEquals(file + ": holds bytes that are not UTF-8; convert the file to UTF-8", error.getMessage());
    }

    @Test
    void missingFileAndField() throws IOException {
        Path none = folder.resolve("none.jsonl");
        assertEquals(none + ": no such file", assertThrows(UserError.class, () -> JsonLines.readAll(none.toString())).getMessage());
        assertEquals("f:1: prompt: missing, every row must have it",
                assertThrows(UserError.class, () -> JsonLines.parse("f:1", "{\"prompt\": null}").text("prompt")).getMessage());
        assertEquals("f:1: prompt: 3, must be a text",
                assertThrows(UserError.class, () -> JsonLines.parse("f:1", "{\"prompt\": 3}").text("prompt")).getMessage());
    }

    @Test
    void aLogGoesOnAfterATornLine() throws IOException {
        Path file = Files.writeString(folder.resolve("metrics.jsonl"), "{\"step\":1}\n{\"st");
        try (LineLog log = LineLog.open(file)) {
            log.append(Map.of("step", 2));
            assertEquals("{\"step\":1}\n{\"step\":2}\n", Files.readString(file));
        }
    }

    private String message(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("slip.jsonl"), content);
        String message = assertThrows(UserError.class, () -> JsonLines.readAll(file.toString())).getMessage();
        return message.substring(file.toString().length());
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }
}
