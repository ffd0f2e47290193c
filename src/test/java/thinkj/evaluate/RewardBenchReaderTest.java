package thinkj.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.RealData;
import thinkj.io.UserError;

class RewardBenchReaderTest {

    @TempDir
    Path folder;

    @Test
    void readsThePublishedSetWhole() {
        Benchmark benchmark = RewardBenchReader.read(RealData.folder("rewardbench"), 0);
        assertEquals(2985, benchmark.rows().size());
        assertEquals(List.of(), benchmark.notes());
    }

    @Test
    void limitTakesTheFirstRowsOfEverySubset() {
        Benchmark benchmark = RewardBenchReader.read(RealData.folder("rewardbench"), 2);
        assertEquals(46, benchmark.rows().size());
        assertEquals("alpacaeval-easy/30", benchmark.rows().get(0).id());
    }

    @Test
    void oneIdInTwoSubsetsIsTwoRows() throws IOException {
        write(row("hep-cpp", "7"), row("hep-go", "7"), row("of-my-own", "1"));
        Benchmark benchmark = RewardBenchReader.read(folder, 0);
        assertEquals(List.of("hep-cpp/7", "hep-go/7"), benchmark.rows().stream().map(BenchmarkRow::id).toList());
        assertEquals("1 row of 'of-my-own' left out: RewardBench has no such subset", benchmark.notes().get(0));
    }

    @Test
    void everyUnusableRowIsNamedWithItsLine() throws IOException {
        write(row("hep-cpp", "7"), "{\"subset\": \"hep-go\", \"id\": 1, \"prompt\": \"p\", \"chosen\": \"c\"}", row("hep-cpp", "7"));
        Path file = folder.resolve("rows.jsonl");
        assertEquals(folder + ": 2 rows cannot be used:\n  "
                + file + ":2: rejected: missing, every row must have it\n  "
                + file + ":3: id: hep-cpp/7 stands at " + file + ":1 already; subset and id must be unique together", refusal(folder));
    }

    @Test
    void anEmptySetIsRefused() throws IOException {
        write("");
        assertEquals(folder + ": the data set is empty, no row belongs to a subset of RewardBench", refusal(folder));
    }

    @Test
    void aFolderWithoutDataIsRefused() {
        assertEquals(folder + ": holds no .jsonl, .json or .parquet file; give the folder that holds RewardBench", refusal(folder));
        Path missing = folder.resolve("missing");
        assertEquals(missing + ": no such folder or file; give the folder that holds RewardBench", refusal(missing));
    }

    private static String refusal(Path source) {
        return assertThrows(UserError.class, () -> RewardBenchReader.read(source, 0)).getMessage();
    }

    private void write(String... lines) throws IOException {
        Files.write(folder.resolve("rows.jsonl"), List.of(lines));
    }

    private static String row(String subset, String id) {
        return "{\"subset\": \"" + subset + "\", \"id\": " + id + ", \"prompt\": \"p\", \"chosen\": \"c\", \"rejected\": \"r\"}";
    }
}
