package thinkj.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import thinkj.checkpoint.Dtype;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.PeftConfig;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.io.Json;
import thinkj.model.MemoryNeeds;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.HfTokenizer;

/** {@code thinkj inspect}: what a checkpoint is and how much memory it takes. Checks everything but the weights' values. */
@WithoutTensors
@Command(name = "inspect", description = "Shows a checkpoint's architecture, tensors, tokenizer and memory needs.")
public final class InspectCommand implements Callable<Integer> {

    @Parameters(paramLabel = "DIR", description = "The checkpoint folder.")
    private Path folder;

    @Option(names = "--tokens", defaultValue = "4096", paramLabel = "N",
            description = "Longest sequence that memory is counted for (${DEFAULT-VALUE}).")
    private int tokens;

    @Option(names = "--group", defaultValue = "8", paramLabel = "N",
            description = "Sequences that are decoded together, as a GRPO group is (${DEFAULT-VALUE}).")
    private int group;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new InspectCommand(), arguments);
    }

    @Override
    public Integer call() {
        Standard.requireAtLeastOne("--tokens", tokens);
        Standard.requireAtLeastOne("--group", group);
        HfCheckpoint checkpoint = HfCheckpoint.open(folder);
        Qwen2Config config = checkpoint.config();
        long length = Math.min(tokens, config.maxPositionEmbeddings());
        ObjectNode report = Json.MAPPER.createObjectNode();
        report.put("folder", folder.toString());
        checkpoint.adapter().ifPresent(adapter -> report.set("adapter", adapter(adapter.config())));
        report.set("architecture", architecture(config));
        report.set("parameters", parameters(config));
        report.set("tensors", tensors(checkpoint));
        report.set("generation", generation(checkpoint));
        report.set("tokenizer", tokenizer(checkpoint.tokenizerFolder()));
        report.set("memory_bytes", memory(new MemoryNeeds(config), length));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.line(report));
        } else {
            InspectReport.print(report, length, group, out);
        }
        out.flush();
        return 0;
    }

    private static ObjectNode adapter(PeftConfig adapter) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("base_model_name_or_path", adapter.baseModel());
        node.put("r", adapter.rank());
        node.put("lora_alpha", adapter.alpha());
        node.put("lora_dropout", adapter.dropout());
        node.set("target_modules", Json.MAPPER.valueToTree(adapter.targetModules()));
        return node;
    }

    private static ObjectNode architecture(Qwen2Config config) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("name", Qwen2Tensors.ARCHITECTURE);
        node.put("num_hidden_layers", config.numHiddenLayers());
        node.put("hidden_size", config.hiddenSize());
        node.put("num_attention_heads", config.numAttentionHeads());
        node.put("num_key_value_heads", config.numKeyValueHeads());
        node.put("head_dim", config.headDim());
        node.put("intermediate_size", config.intermediateSize());
        node.put("vocab_size", config.vocabSize());
        node.put("max_position_embeddings", config.maxPositionEmbeddings());
        node.put("rope_theta", config.ropeTheta());
        node.put("rms_norm_eps", config.rmsNormEps());
        node.put("tie_word_embeddings", config.tieWordEmbeddings());
        return node;
    }

    private static ObjectNode parameters(Qwen2Config config) {
        long all = Qwen2Tensors.parameters(config);
        long embeddings = (long) config.vocabSize() * config.hiddenSize() * (config.tieWordEmbeddings() ? 1 : 2);
        return Json.MAPPER.createObjectNode().put("all", all).put("without_embeddings", all - embeddings);
    }

    private static ArrayNode tensors(HfCheckpoint checkpoint) {
        ArrayNode rows = Json.MAPPER.createArrayNode();
        Map<String, Dtype> dtypes = checkpoint.dtypes();
        Qwen2Tensors.of(checkpoint.config()).forEach((name, shape) -> {
            ObjectNode row = rows.addObject().put("name", name).put("dtype", dtypes.get(name).name());
            row.set("shape", Json.MAPPER.valueToTree(shape));
        });
        return rows;
    }

    private static ObjectNode generation(HfCheckpoint checkpoint) {
        var generation = checkpoint.generationConfig();
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.set("eos_token_id", Json.MAPPER.valueToTree(generation.eosTokenIds()));
        node.put("pad_token_id", generation.padTokenId());
        node.put("do_sample", generation.doSample());
        node.put("temperature", generation.temperature());
        node.put("top_k", generation.topK());
        node.put("top_p", generation.topP());
        node.put("repetition_penalty", generation.repetitionPenalty());
        return node;
    }

    private static ObjectNode tokenizer(Path folder) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        Optional<HfTokenizer> tokenizer = HfTokenizer.openIfPresent(folder);
        node.put("present", tokenizer.isPresent());
        if (tokenizer.isPresent()) {
            try (HfTokenizer open = tokenizer.get()) {
                node.put("ids", open.size());
                ObjectNode special = node.putObject("special_tokens");
                open.specialTokens().forEach(special::put);
                Optional<ChatTemplate> template = ChatTemplate.openIfPresent(folder, open);
                node.put("chat_template", template.isPresent());
                node.put("default_system", template.flatMap(ChatTemplate::defaultSystem).orElse(null));
            }
        }
        return node;
    }

    private ObjectNode memory(MemoryNeeds needs, long length) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("weights", needs.weights());
        node.put("cache_per_token", needs.cachePerToken());
        node.put("activations_per_token", needs.activations(1));
        node.put("generation", needs.generation(1, length));
        Map<String, Map<String, Long>> kinds = new LinkedHashMap<>();
        kinds.put("sft", needs.training(length, 1));
        // A pair is two sequences; the reference's log-probabilities are computed before training and lie on disk.
        kinds.put("dpo", needs.training(2 * length, 1));
        Map<String, Long> online = needs.training(length, 1);
        online.put("cache of a group", group * length * needs.cachePerToken());
        kinds.put("grpo", online);
        kinds.forEach((kind, parts) -> {
            ObjectNode row = node.putObject(kind);
            parts.forEach((part, bytes) -> row.put(part.replace(' ', '_').toLowerCase(Locale.ROOT), bytes));
            row.put("all", parts.values().stream().mapToLong(Long::longValue).sum());
        });
        return node;
    }
}
