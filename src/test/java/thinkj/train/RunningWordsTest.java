package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import thinkj.checkpoint.Qwen2Config;
import thinkj.io.JsonLines;

/** What runs say of themselves while they go on and when they are done. */
class RunningWordsTest {
    private static final String SPEED_AND_MEMORY = ", [\\d,]+ tokens/s, [\\d.]+ [MG]iB of memory\n";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "sft  | sft: 2 of 2, \\d+ s; loss \\d\\.\\d{4}, lr \\d\\.\\d\\de-\\d\\d",
        "dpo  | dpo: 2 of 2, \\d+ s; loss \\d\\.\\d{4}, margin -?\\d\\.\\d{4}, lr \\d\\.\\d\\de-\\d\\d",
        "grpo | grpo: 2 of 2, \\d+ s; score \\d\\.\\d{3}, loss -?\\d\\.\\d{4}, groups without signal \\d+ %, answer \\d+ tokens"})
    void progressTellsLossSpeedAndMemory(String trainer, String words) throws IOException {
        SmallRuns runs = SmallRuns.make(folder, new Qwen2Config(64, 1, 4, 2, 96, 300, 2048, 1e6, 1e-6, true, Map.of()), 60);
        String[] settings = trainer.equals("grpo")
                ? new String[] {"max_steps=2", "batch.train_batch_size=2", "batch.n=2", "batch.mini_batch_size=2", "batch.micro_batch_size=2",
                        "rollout.max_response_length=4", "rollout.overlong_buffer_len=1"}
                : new String[] {"max_steps=2", "batch_size=2", "samples_shown=1", "cutoff_len=512"};
        StringWriter out = new StringWriter();
        PrintStream standard = System.err;
        ByteArrayOutputStream error = new ByteArrayOutputStream();
        System.setErr(new PrintStream(error, true, StandardCharsets.UTF_8));
        try {
            runs.run(trainer, RunOptions.STANDARD, new PrintWriter(out, true), settings);
        } finally {
            System.setErr(standard);
        }
        String said = error.toString(StandardCharsets.UTF_8);
        assertTrue(Pattern.compile(words + SPEED_AND_MEMORY).matcher(said).find(), said);
        Pattern measured = Pattern.compile("\n  memory {13}[\\d.]+ [MG]iB at most, \\d+ % of the [\\d.]+ [MG]iB that are planned\nmodel: ");
        assertTrue(measured.matcher(out.toString()).find(), out.toString());
        requireMemoryInTimings(trainer);
    }

    private void requireMemoryInTimings(String trainer) {
        for (JsonLines.Row row : JsonLines.readAll(folder.resolve("run-" + trainer).resolve("timings.jsonl").toString())) {
            JsonNode line = row.json();
            double resident = line.get("memory/resident_gib").asDouble();
            assertTrue(resident > 0.05 && resident <= line.get("memory/peak_resident_gib").asDouble() + 0.01, line.toString());
            double offHeap = line.get("memory/off_heap_gib").asDouble();
            assertTrue(offHeap >= 0 && offHeap <= resident, line.toString());
        }
    }
}
