package thinkj.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import thinkj.io.UserError;
import thinkj.tokenizer.Message;

class ExamplesTest {
    private static final String ODD = "a \"quote\", a comma\nnew\r\nline \u2028 \ud83d\ude00 \\n";

    @TempDir
    Path folder;

    @Test
    void sftFilesComeBackFromJsonAndJsonLines() {
        List<SftExample> examples = List.of(new SftExample("be brief", "q", "more", ODD), new SftExample("", ODD, "", "a"));
        for (String name : List.of("x.json", "x.jsonl", "x")) {
            String file = folder.resolve(name).toString();
            ExampleFiles.writeSft(file, examples);
            assertEquals(examples, Examples.sft(List.of(Path.of(file))).examples(), name);
        }
        assertEquals("q\nmore", examples.get(0).userText());
    }

    @Test
    void judgeAndJudgedRowsComeBack() {
        JudgeExample with = new JudgeExample("7", "q", "one", "two", 1, -2);
        JudgeExample without = new JudgeExample("x/8", ODD, "one", "", 2, null);
        String file = folder.resolve("judge.jsonl").toString();
        ExampleFiles.writeJudge(file, List.of(with, without));
        assertEquals(List.of(with, without), Examples.judge(file));
        List<Judged> judged = List.of(new Judged(with, 2, 3, ODD), new Judged(without, 0, 0, ""));
        ExampleFiles.writeJudged(file, judged);
        assertEquals(judged, Examples.judged(file));
    }

    @Test
    void grpoRowsComeBackFromParquetAndJsonLines() throws IOException {
        List<GrpoRow> numbers = List.of(row("-2", 0), row("3", 1));
        List<GrpoRow> texts = List.of(row("-2", 0), row("four", 1));
        for (List<GrpoRow> rows : List.of(numbers, texts)) {
            for (String name : List.of("x.parquet", "x.jsonl", "x.json")) {
                String file = folder.resolve(name).toString();
                ExampleFiles.writeGrpo(file, rows);
                assertEquals(rows, Examples.grpo(file), name);
            }
        }
        assertEquals(List.of("x.json", "x.jsonl", "x.parquet"),
                Files.list(folder).map(p -> p.getFileName().toString()).sorted().toList());
        Path packed = folder.resolve("y.parquet.gz");
        gzip(packed, Files.readAllBytes(folder.resolve("x.parquet")));
        assertEquals(texts, Examples.grpo(packed.toString()));
    }

    private static GrpoRow row(String truth, long index) {
        return new GrpoRow("set", List.of(new Message("system", ODD), new Message("user", "q")), "judge", "rule", truth, "train", index);
    }

    /** Files that pandas 3.0.6 with pyarrow 25.0.1 wrote of two made-up rows. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "snappy", "gzip", "zstd", "lz4"})
    void parquetOfPandasIsRead(String compression) {
        List<GrpoRow> rows = List.of(
                new GrpoRow("made-up", List.of(new Message("user", "Which is larger, 3 or 5?")), "judge", "rule", "-2", "train", 0),
                new GrpoRow("made-up", List.of(new Message("system", "Be brief."), new Message("user", "Ist 7 prim? \u2028 \u00fc")),
                        "judge", "rule", "3", "train", 1));
        assertEquals(rows, Examples.grpo(resource("pandas-" + compression)));
    }

    @Test
    void aCompressionThatIsNotReadIsTold() {
        String file = resource("pandas-brotli");
        assertMessage(file + ": not a readable Parquet file: data compressed with BROTLI, write the file anew with snappy, gzip, zstd or "
                + "without compression", () -> Examples.grpo(file));
    }

    private static String resource(String name) {
        return Path.of("src/test/resources/thinkj/data", name + ".parquet").toString();
    }

    @Test
    void csvAndGzipAreReadByContent() throws IOException {
        Path csv = folder.resolve("t.csv.gz");
        String text = "\ufeffinstruction,response1,response2,better,strength\n\"a, \"\"b\"\"\nc\",r1,r2,2,\nq2,r1,r2,1,-3\n";
        gzip(csv, text.getBytes(StandardCharsets.UTF_8));
        List<JudgeExample> rows = Examples.judge(csv.toString());
        assertEquals("a, \"b\"\nc", rows.get(0).instruction());
        assertEquals(null, rows.get(0).strength());
        assertEquals(-3, rows.get(1).strength());
    }

    @Test
    void idsOfContentAreStable() {
        assertEquals(JudgeRows.hash("a", "b"), JudgeRows.hash("a", "b"));
        assertTrue(!JudgeRows.hash("a", "b").equals(JudgeRows.hash("ab", "")));
        assertEquals(16, JudgeRows.hash("a").length());
    }

    @Test
    void everyBadRowIsToldWithItsPlace() throws IOException {
        Path file = write("bad.jsonl", """
                {"instruction": "q", "output": "a"}
                {"instruction": "q"}

                {"instruction": "q", "output": "  "}
                {"instruction": 7, "output": "a"}
                """);
        assertMessage(file + ": 3 rows cannot be used:\n"
                + "  " + file + ":2: output: missing, every row must have it\n"
                + "  " + file + ":4: output: empty, must have a text\n"
                + "  " + file + ":5: instruction: 7, must be a text", () -> Examples.sft(List.of(file)).examples());
    }

    @Test
    void aSingleRowWithoutAnAnswerIsToldAlone() throws IOException {
        Path file = write("bad.json", "[\n {\"instruction\": \"q\", \"output\": \"a\"},\n {\"instruction\": \"q\"}\n]");
        assertMessage(file + ":3: output: missing, every row must have it", () -> Examples.sft(List.of(file)).examples());
    }

    @Test
    void anEmptyFileIsRefused() throws IOException {
        Path lines = write("empty.jsonl", "\n");
        Path array = write("empty.json", "[]");
        assertMessage(lines + ": the data set is empty, at least one row is needed", () -> Examples.pairs(List.of(lines)).examples());
        assertMessage(array + ": the data set is empty, at least one row is needed", () -> Examples.judge(array.toString()));
    }

    @Test
    void valuesOutsideTheirRangeAreTold() throws IOException {
        Path file = write("judge.jsonl", """
                {"instruction": "q", "response1": "a", "response2": "b", "better": 3}
                {"instruction": "q", "response1": "a", "response2": "b", "better": 1, "strength": 2}
                {"instruction": "q", "response1": "a", "response2": "b", "better": 1, "strength": 1.5}
                """);
        assertMessage(file + ": 3 rows cannot be used:\n"
                + "  " + file + ":1: better: 3, must be 1 or 2\n"
                + "  " + file + ":2: strength: 2 contradicts better = 1 (negative means that response 1 is better, positive response 2)\n"
                + "  " + file + ":3: strength: 1.5, must be a whole number", () -> Examples.judge(file.toString()));
    }

    @Test
    void idsThatRepeatAreTold() throws IOException {
        Path file = write("judge.jsonl", """
                {"id": 5, "instruction": "q", "response1": "a", "response2": "b", "better": 1}
                {"id": "5", "instruction": "r", "response1": "a", "response2": "b", "better": 1}
                """);
        assertMessage(file + ":2: id: 5 stands at " + file + ":1 already; ids must be unique "
                + "(rows without one are told apart by their content)", () -> Examples.judge(file.toString()));
    }

    @Test
    void damagedFilesAreTold() throws IOException {
        Path cut = folder.resolve("cut.jsonl.gz");
        gzip(cut, "{\"instruction\": \"q\", \"output\": \"a\"}\n".repeat(50).getBytes(StandardCharsets.UTF_8));
        byte[] bytes = Files.readAllBytes(cut);
        Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
        assertMessage(cut + ": the gzip data is damaged or cut off (Unexpected end of ZLIB input stream); fetch the file again",
                () -> Examples.sft(List.of(cut)).examples());
        Path array = write("cut.json", "[{\"instruction\": \"q\",\n \"output\": ");
        UserError error = assertThrows(UserError.class, () -> Examples.sft(List.of(array)).examples());
        assertTrue(error.getMessage().startsWith(array + ":2: not valid JSON at column "), error.getMessage());
        Path parquet = write("cut.parquet", "PAR1 and no more");
        error = assertThrows(UserError.class, () -> Examples.grpo(parquet.toString()));
        assertTrue(error.getMessage().startsWith(parquet + ": not a readable Parquet file: it is not a Parquet file. "), error.getMessage());
        Path csv = write("bad.csv", "instruction,output\n\"q\",a,b\n");
        assertMessage(csv + ":2: 3 values, the header names 2 columns", () -> Examples.sft(List.of(csv)).examples());
        Path missing = folder.resolve("none.jsonl");
        assertMessage(missing + ": no such file", () -> Examples.sft(List.of(missing)).examples());
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static void gzip(Path file, byte[] bytes) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(bytes);
        }
    }

    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(UserError.class, action).getMessage());
    }
}
