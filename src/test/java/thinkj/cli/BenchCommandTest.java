package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import thinkj.io.Json;

/** What is reported and what is refused; figures themselves depend on the machine and are not judged. */
class BenchCommandTest {
    private static final String TINY = TinyCheckpoint.folder().toString();

    @ParameterizedTest
    @CsvSource({"train, fp32, nd4j", "train, fp32, onednn", "train, bf16, onednn", "score, bf16, auto", "prefill, fp32, nd4j"})
    void figuresAsJson(String task, String precision, String kernels) throws Exception {
        JsonNode report = Json.MAPPER.readTree(run(task, "--precision", precision, "--kernels", kernels, "--json").out());
        assertEquals(task, report.get("task").asText());
        assertEquals(precision, report.get("precision").asText());
        assertEquals(kernels.equals("nd4j") ? "nd4j" : "onednn", report.get("kernels").asText());
        assertEquals(1, report.get("threads").intValue());
        for (String key : List.of("seconds_median", "seconds_best", "tokens_per_second", "gflops", "ceiling_gflops", "share_of_ceiling",
                "overhead_share", "peak_rss_bytes", "offheap_bytes", "copy_bytes_per_second", "load_average", "steal")) {
            assertTrue(report.get(key).doubleValue() >= 0, key);
        }
        assertTrue(report.get("seconds_best").doubleValue() <= report.get("seconds_median").doubleValue());
        double seconds = report.get("seconds_median").doubleValue();
        assertEquals(2 * 6 / seconds, report.get("tokens_per_second").doubleValue(), 1e-6 / seconds);
        assertEquals(report.get("gflops").doubleValue() / report.get("ceiling_gflops").doubleValue(),
                report.get("share_of_ceiling").doubleValue(), 1e-12);
        assertEquals(task.equals("prefill") ? 8 : 5, report.get("products").size());
    }

    @ParameterizedTest
    @CsvSource({"fp32, nd4j", "fp32, onednn", "bf16, onednn"})
    void generationAsJson(String precision, String kernels) throws Exception {
        JsonNode report = Json.MAPPER.readTree(generate("--precision", precision, "--kernels", kernels, "--json").out());
        assertEquals("generate", report.get("task").asText());
        for (String key : List.of("load_seconds", "prefill_tokens_per_second", "decode_tokens_per_second",
                "decode_tokens_per_second_per_row", "one_row_tokens_per_second", "time_to_first_token_seconds", "weight_bytes",
                "read_bandwidth_bytes_per_second", "share_of_bandwidth", "ceiling_gflops", "share_of_ceiling", "decode_ceiling_gflops",
                "decode_share_of_ceiling", "tokens_per_second", "peak_rss_bytes", "cache_bytes", "cache_bytes_used")) {
            assertTrue(report.get(key).doubleValue() > 0, key);
        }
        // Of three prompts of nine tokens, which share nothing, one sample each reads its prompt.
        assertEquals(3 * 9, report.get("prefilled_tokens").intValue());
        assertEquals(3 * 9, report.get("shared_prefix_tokens").intValue());
        assertEquals(0, report.get("recomputed_tokens").intValue());
        assertEquals(3 * 2 * 5, report.get("tokens").intValue());
        assertEquals(precision.equals("fp32") ? 4 : 2, report.get("weight_bytes").longValue() / report.get("parameters").longValue());
    }

    @Test
    void generationForPeople() {
        String text = generate().out();
        assertTrue(text.startsWith("generate " + TINY + " 3 requests × 2 samples, 9 + 5 tokens, 4 rows, fp32, "), text);
        assertTrue(text.contains("\nprompts          27 tokens read, 27 shared, 0 read again\n"), text);
    }

    @Test
    void rowsAreComparedWithOneInTurn() throws Exception {
        JsonNode rows = Json.MAPPER.readTree(generate("--rows", "2,4", "--json").out()).get("rows");
        assertEquals(2, rows.size());
        assertEquals(4, rows.get(1).get("rows").intValue());
        for (JsonNode some : rows) {
            assertTrue(some.get("tokens_per_second").doubleValue() > 0);
            assertTrue(some.get("times_one_row").doubleValue() > 0);
        }
    }

    private static CommandRun generate(String... options) {
        List<String> all = new ArrayList<>(List.of("generate", "--shape", TINY, "--requests", "3", "--samples", "2", "--prompt-tokens", "9",
                "--new-tokens", "5", "--concurrency", "4"));
        all.addAll(List.of(options));
        CommandRun run = CommandRun.of(new BenchCommand(), all.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        return run;
    }

    @Test
    void trainingIsTakenApart() throws Exception {
        JsonNode report = Json.MAPPER.readTree(run("train", "--kernels", "nd4j", "--json").out());
        for (String key : List.of("adamw_seconds", "adamw_share_of_copy", "gradient_norm_seconds", "gradient_norm_share_of_copy")) {
            assertTrue(report.get(key).doubleValue() > 0, key);
        }
        Set<String> kinds = new TreeSet<>();
        report.get("nodes").fieldNames().forEachRemaining(kinds::add);
        assertTrue(kinds.containsAll(Set.of("linear", "linear_grad", "attention", "attention_grad", "rms_norm", "rms_norm_grad", "rotary",
                "swiglu", "swiglu_grad", "gather_rows", "gather_rows_grad", "token_log_probs", "token_log_probs_grad")), kinds.toString());
        // Six operations for each of the fixture's parameters and 12 tokens.
        assertEquals(6 * 12 * report.get("parameters").longValue(), report.get("flops").doubleValue());
    }

    @Test
    void layersComputedAgainAreMoreNodes() throws Exception {
        JsonNode once = Json.MAPPER.readTree(run("train", "--kernels", "nd4j", "--json").out());
        JsonNode again = Json.MAPPER.readTree(run("train", "--kernels", "nd4j", "--json", "--remat", "layers").out());
        assertTrue(again.get("nodes_run").intValue() > once.get("nodes_run").intValue());
        JsonNode roomy = Json.MAPPER.readTree(run("train", "--kernels", "nd4j", "--json", "--remat", "auto:1GB").out());
        assertEquals(once.get("nodes_run"), roomy.get("nodes_run"));
        JsonNode automatic = Json.MAPPER.readTree(run("train", "--kernels", "nd4j", "--json", "--remat", "auto").out());
        assertEquals(once.get("nodes_run"), automatic.get("nodes_run"));
    }

    @Test
    void figuresForPeople() {
        String text = run("train", "--kernels", "nd4j").out();
        assertTrue(text.startsWith("train " + TINY + " 6 tokens × 2, fp32, nd4j\nstep             "), text);
        assertTrue(text.contains("\nAdamW            "), text);
        assertTrue(text.contains("\n  linear_grad  "), text);
        assertTrue(text.contains(" GFLOP/s  12 × "), text);
        assertFalse(run("score", "--kernels", "nd4j").out().contains("AdamW"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "train --tokens 1 | --tokens: 1, must be at least 2",
        "prefill --tokens 0 | --tokens: 0, must be at least 1",
        "train --tokens 40000 | --tokens: 40000, must be at most 32768, the context of 50m (max_position_embeddings)",
        "train | --tokens: is missing, train needs the tokens of each sequence",
        "train --tokens 8 --samples 2 --requests 4 | --requests, --samples: for generate only",
        "generate --tokens 8 | --tokens: not for generate",
        "generate --samples 0 | --samples: 0, must be at least 1",
        "generate --rows 1 | --rows: 1, must be at least 2",
        "generate --rows 8,33 | --rows: 33, must be at most --concurrency, 32",
        "generate --rows 8 --new-tokens 2 | --new-tokens: 2, must be at least 3",
        "generate --prompt-tokens 32760 | --prompt-tokens and --new-tokens: 32760 + 128, must be at most 32768 together, the context of 50m (max_position_embeddings)",
        "score --batch 0 --tokens 8 | --batch: 0, must be at least 1",
        "score --steps 4 --tokens 8 | --steps: 4, must be at least 5",
        "score --remat layers --tokens 8 | --remat is for train; score keeps nothing for a backward pass",
        "train --precision int8 --tokens 8 | --precision: int8, must be fp32 or bf16 for train; int8 weights generate and do nothing else",
        "score --precision int8 --tokens 8 | --precision: int8, must be fp32 or bf16 for score; int8 weights generate and do nothing else",
        "train --precision bf16 --kernels nd4j --tokens 8 | precision: bf16, must be fp32 here: the nd4j kernels have no other",
    })
    void whatCannotBeTimedIsRefused(String arguments, String message) {
        List<String> all = new ArrayList<>(List.of(arguments.split(" ")));
        all.addAll(List.of("--shape", "50m"));
        CommandRun run = CommandRun.of(new BenchCommand(), all.toArray(String[]::new));
        assertEquals(2, run.exitCode());
        assertEquals("thinkj: " + message + "\n", run.err());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--remat some | thinkj: Invalid value for option '--remat': some, must be auto, auto:SIZE such as auto:4GB, off or layers",
        "--precision fp64 | thinkj: Invalid value for option '--precision': must be one of fp32, bf16, int8, not 'fp64'",
        "--remat auto:5 | thinkj: Invalid value for option '--remat': auto:5, must be auto, auto:SIZE such as auto:4GB, off or layers: '5' is no size, must be a whole number from 1 to 999999999 with KB, MB or GB",
        "--remat auto:big | thinkj: Invalid value for option '--remat': auto:big, must be auto, auto:SIZE such as auto:4GB, off or layers: 'big' is no size, must be a whole number from 1 to 999999999 with KB, MB or GB",
    })
    void slipsInOptionsAreNamed(String arguments, String message) {
        List<String> all = new ArrayList<>(List.of("train", "--shape", "50m", "--tokens", "8"));
        all.addAll(List.of(arguments.split(" ")));
        CommandRun run = CommandRun.of(new BenchCommand(), all.toArray(String[]::new));
        assertEquals(2, run.exitCode());
        assertEquals(message, run.err().lines().findFirst().orElse(""));
    }

    @Test
    void whatDoesNotFitIntoMemoryIsNotBegun() {
        CommandRun run = CommandRun.of(new BenchCommand(), "score", "--tokens", "8", "--shape", "qwen2.5-72b", "--kernels", "nd4j");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().startsWith("thinkj: score takes about 270.9 GiB outside the Java heap, the limit is "), run.err());
        assertTrue(run.err().endsWith("; take a smaller --shape or fewer --tokens, or raise THINKJ_OFFHEAP where the machine has "
                + "more\n"), run.err());
    }

    @Test
    void anUnknownShapeIsAnsweredWithTheKnownOnes() {
        CommandRun run = CommandRun.of(new BenchCommand(), "train", "--tokens", "8", "--shape", "60m");
        assertEquals("thinkj: 60m: neither a file nor one of 50m, qwen2.5-0.5b, qwen2.5-1.5b, qwen2.5-3b, qwen2.5-7b, qwen2.5-14b, qwen2.5-32b,"
                + " qwen2.5-72b\n", run.err());
    }

    private static CommandRun run(String task, String... options) {
        List<String> all = new ArrayList<>(List.of(task, "--shape", TINY, "--tokens", "6", "--batch", "2"));
        all.addAll(List.of(options));
        CommandRun run = CommandRun.of(new BenchCommand(), all.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        return run;
    }
}
