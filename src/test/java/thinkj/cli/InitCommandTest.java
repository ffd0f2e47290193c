package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import thinkj.RealData;
import thinkj.io.Json;

/** {@code init} and {@code inspect}, one behind the other. */
class InitCommandTest {
    @TempDir
    Path temp;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private String config;

    @BeforeEach
    void config() {
        Path file = temp.resolve("architecture.json");
        Json.write(file, Map.of("model_type", "qwen2", "hidden_size", 32, "num_hidden_layers", 3, "num_attention_heads", 4,
                "num_key_value_heads", 2, "intermediate_size", 48, "vocab_size", 400, "tie_word_embeddings", false, "eos_token_id", 7));
        config = file.toString();
    }

    @Test
    void aCheckpointForIdsAlone() throws Exception {
        Path folder = temp.resolve("model");
        assertEquals(0, run(new InitCommand(), "--config", config, "--out", folder.toString(), "--dtype", "bf16", "--max-shard-size", "40KB"));
        assertTrue(Files.exists(folder.resolve("model.safetensors.index.json")));
        JsonNode report = inspect(folder);
        assertEquals(3, report.at("/architecture/num_hidden_layers").asInt());
        // Two embeddings, three layers of projections, biases and norms, the last norm.
        long layer = 2 * 32 * 32 + 2 * 16 * 32 + 32 + 2 * 16 + 3 * 32 * 48 + 2 * 32;
        assertEquals(2 * 400 * 32 + 3 * layer + 32, report.at("/parameters/all").asLong());
        assertEquals(3 * layer + 32, report.at("/parameters/without_embeddings").asLong());
        assertEquals("lm_head.weight", report.at("/tensors/38/name").asText());
        assertEquals("BF16", report.at("/tensors/38/dtype").asText());
        assertEquals("[400,32]", report.at("/tensors/38/shape").toString());
        assertEquals("[7]", report.at("/generation/eos_token_id").toString());
        assertFalse(report.at("/tokenizer/present").asBoolean());
    }

    @Test
    void memoryIsCountedForEveryUse() throws Exception {
        Path folder = temp.resolve("model");
        assertEquals(0, run(new InitCommand(), "--config", config, "--out", folder.toString()));
        JsonNode report = inspect(folder);
        JsonNode memory = report.get("memory_bytes");
        long weights = 4 * report.at("/parameters/all").asLong();
        assertEquals(weights, memory.get("weights").asLong());
        // Keys and values of 2 heads of 8 numbers in 3 layers, 4 bytes each.
        assertEquals(2 * 3 * 2 * 8 * 4, memory.get("cache_per_token").asLong());
        assertEquals(weights + 4096L * 2 * 3 * 2 * 8 * 4, memory.get("generation").asLong());
        assertEquals(2 * weights, memory.at("/sft/adamw_state").asLong());
        long kernels = memory.at("/dpo/exponentials").asLong() + memory.at("/dpo/prepared_kernels").asLong()
                + memory.at("/dpo/copies_for_products").asLong();
        assertEquals(4 * weights + memory.at("/dpo/activations").asLong() + kernels, memory.at("/dpo/all").asLong());
        // Two sequences over the fixture's vocabulary.
        assertEquals(2 * 4096L * 400 * 4, memory.at("/dpo/exponentials").asLong());
        assertEquals(2 * memory.at("/sft/activations").asLong(), memory.at("/dpo/activations").asLong());
        assertEquals(8 * 4096L * 2 * 3 * 2 * 8 * 4, memory.at("/grpo/cache_of_a_group").asLong());
    }

    @Test
    void aSmallTokenizerGoesWithIt() throws Exception {
        Path folder = temp.resolve("model");
        String qwen = RealData.folder("qwen2.5").toString();
        assertEquals(0, run(new InitCommand(), "--config", config, "--out", folder.toString(), "--tokenizer", qwen, "--vocabulary", "300"));
        JsonNode report = inspect(folder);
        assertEquals(300, report.at("/architecture/vocab_size").asInt());
        assertEquals(300, report.at("/tokenizer/ids").asInt());
        assertEquals(299, report.at("/tokenizer/special_tokens/<|im_end|>").asInt());
        assertEquals("[299,297]", report.at("/generation/eos_token_id").toString());
        assertTrue(report.at("/tokenizer/chat_template").asBoolean());
        assertEquals("You are Qwen, created by Alibaba Cloud. You are a helpful assistant.", report.at("/tokenizer/default_system").asText());
    }

    @Test
    void aTokenizerThatIsTooLargeIsRefused() {
        String qwen = RealData.folder("qwen2.5").toString();
        assertEquals(2, run(new InitCommand(), "--config", config, "--out", temp.resolve("m").toString(), "--tokenizer", qwen));
        assertEquals("thinkj: " + qwen + ": the tokenizer has 151665 ids, vocab_size is 400; vocab_size must be at least as large\n",
                err.toString());
        assertFalse(Files.exists(temp.resolve("m")));
    }

    @Test
    void theReportInWords() {
        Path folder = temp.resolve("model");
        assertEquals(0, run(new InitCommand(), "--config", config, "--out", folder.toString()));
        assertEquals(0, run(new InspectCommand(), folder.toString()));
        String text = out.toString();
        assertTrue(text.contains("39 tensors\n"), text);
        assertTrue(text.contains("model.layers.*.mlp.down_proj.weight              F32   [32,48] × 3\n"), text);
        assertTrue(text.contains("no tokenizer: prompts must be given as ids\n"), text);
        assertTrue(text.contains("grpo "), text);
    }

    private JsonNode inspect(Path folder) throws Exception {
        out.getBuffer().setLength(0);
        assertEquals(0, run(new InspectCommand(), folder.toString(), "--json"));
        return Json.MAPPER.readTree(out.toString());
    }

    private int run(Object command, String... arguments) {
        return Standard.dress(new CommandLine(command)).setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
    }
}
