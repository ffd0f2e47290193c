package thinkj.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.Golden;
import thinkj.config.LoraSettings;
import thinkj.io.UserError;

/** Adapters as PEFT 0.12 writes them: every byte of a folder built by hand in its layout comes back. */
class PeftAdapterTest {
    /** As {@code json.dumps(…, indent=2, sort_keys=True)} writes the settings; the order of modules is a Python set's. */
    private static final String CONFIG = """
            {
              "alpha_pattern": {},
              "auto_mapping": null,
              "base_model_name_or_path": "BASE",
              "bias": "none",
              "fan_in_fan_out": false,
              "inference_mode": true,
              "init_lora_weights": true,
              "layer_replication": null,
              "layers_pattern": null,
              "layers_to_transform": null,
              "loftq_config": {},
              "lora_alpha": 6,
              "lora_dropout": 0.05,
              "megatron_config": null,
              "megatron_core": "megatron.core",
              "modules_to_save": null,
              "peft_type": "LORA",
              "r": 3,
              "rank_pattern": {},
              "revision": null,
              "target_modules": [
                "v_proj",
                "down_proj",
                "q_proj"
              ],
              "task_type": "CAUSAL_LM",
              "use_dora": false,
              "use_rslora": false
            }""";

    @TempDir
    Path folder;

    private final Path base = Golden.path("qwen2-tiny-tied");
    private final Qwen2Config model = HfCheckpoint.open(base).config();
    private Path adapter;

    @BeforeEach
    void writeAsPeftDoes() throws IOException {
        adapter = Files.createDirectories(folder.resolve("adapter"));
        write(CONFIG.replace("BASE", base.toString()));
        Files.write(adapter.resolve("adapter_model.safetensors"), safetensors(Dtype.F32));
    }

    private void write(String config) throws IOException {
        Files.writeString(adapter.resolve("adapter_config.json"), config);
    }

    /** The library's layout: metadata first, tensors by name, the header padded with blanks to eight bytes. */
    private byte[] safetensors(Dtype dtype) throws IOException {
        Map<String, long[]> shapes = new TreeMap<>();
        for (int layer = 0; layer < model.numHiddenLayers(); layer++) {
            String prefix = "base_model.model.model.layers." + layer + ".";
            for (String module : List.of("self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj")) {
                long in = module.startsWith("mlp") ? model.intermediateSize() : model.hiddenSize();
                long out = module.endsWith("v_proj") ? (long) model.numKeyValueHeads() * model.headDim() : model.hiddenSize();
                shapes.put(prefix + module + ".lora_A.weight", new long[] {3, in});
                shapes.put(prefix + module + ".lora_B.weight", new long[] {out, 3});
            }
        }
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        Random random = new Random(1);
        for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
            int from = data.size();
            ByteBuffer values = ByteBuffer.allocate((int) (tensor.getValue()[0] * tensor.getValue()[1] * dtype.bytes()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            while (values.hasRemaining()) {
                int bits = Float.floatToIntBits((float) (0.1 * random.nextGaussian()));
                if (dtype == Dtype.F32) {
                    values.putInt(bits);
                } else {
                    values.putShort((short) (bits >> 16));
                }
            }
            data.write(values.array());
            header.append(String.format(",\"%s\":{\"dtype\":\"%s\",\"shape\":[%d,%d],\"data_offsets\":[%d,%d]}", tensor.getKey(), dtype.name(),
                    tensor.getValue()[0], tensor.getValue()[1], from, data.size()));
        }
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + 7) / 8 * 8;
        ByteBuffer file = ByteBuffer.allocate(8 + padded + data.size()).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(padded).put(json).put(" ".repeat(padded - json.length).getBytes(StandardCharsets.UTF_8)).put(data.toByteArray());
        return file.array();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void everyByteComesBack(Dtype dtype) throws IOException {
        Files.write(adapter.resolve("adapter_model.safetensors"), safetensors(dtype));
        PeftAdapter read = HfCheckpoint.open(adapter).adapter().orElseThrow();
        assertEquals(dtype, read.dtype());
        Path written = folder.resolve("written");
        PeftAdapter.save(written, read.config(), read.load(), read.dtype(), null);
        for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
            assertArrayEquals(Files.readAllBytes(adapter.resolve(file)), Files.readAllBytes(written.resolve(file)), file);
        }
    }

    @Test
    void settingsAreReadAndNewOnesWrittenInPythonsWay() {
        PeftConfig config = HfCheckpoint.open(adapter).adapter().orElseThrow().config();
        assertEquals(3, config.rank());
        assertEquals(2, config.scale());
        assertEquals(0.05, config.dropout());
        assertEquals(List.of("v_proj", "down_proj", "q_proj"), config.targetModules());
        String fresh = PeftConfig.of(base.toString(), 3, 6, 0.05, config.targetModules()).text();
        // Less the settings that newer versions know, which are left out where they say nothing.
        String expected = CONFIG.replace("BASE", base.toString())
                .replaceAll("  \"(layer_replication|loftq_config|megatron_config|megatron_core)\": .*\n", "");
        assertEquals(expected, fresh);
    }

    @Test
    void rankStabilisedAdaptersAreScaledByTheRoot() throws IOException {
        write(CONFIG.replace("BASE", base.toString()).replace("\"use_rslora\": false", "\"use_rslora\": true"));
        assertEquals(6 / Math.sqrt(3), HfCheckpoint.open(adapter).adapter().orElseThrow().config().scale());
    }

    @Test
    void allLinearIsEveryProjection() throws IOException {
        write(CONFIG.replace("BASE", base.toString()).replaceAll("(?s)\\[.*?]", "\"all-linear\""));
        String message = refusal();
        assertTrue(message.contains("layers.0.mlp.gate_proj.lora_A.weight is missing"), message);
    }

    @Test
    void openedAsACheckpointItsWeightsAreMerged() {
        HfCheckpoint opened = HfCheckpoint.open(adapter);
        assertEquals(adapter, opened.folder());
        assertEquals(base, opened.baseFolder());
        Map<String, INDArray> merged = opened.load();
        Map<String, INDArray> plain = HfCheckpoint.open(base).load();
        Map<String, INDArray> tensors = opened.adapter().orElseThrow().load();
        plain.forEach((name, weight) -> {
            INDArray expected = weight.dup();
            if (name.contains("v_proj.weight") || name.contains("down_proj") || name.contains("q_proj.weight")) {
                expected.addi(tensors.get(LoraTensors.b(name)).mmul(tensors.get(LoraTensors.a(name))).mul(2));
            }
            assertArrayEquals(expected.data().asFloat(), merged.get(name).data().asFloat(), 1e-6f, name);
            assertArrayEquals(merged.get(name).data().asFloat(), opened.read(name).data().asFloat(), name);
            assertArrayEquals(weight.data().asFloat(), opened.readBase(name).data().asFloat(), name);
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\"use_dora\": false | \"use_dora\": true | use_dora: true, is not supported",
        "\"modules_to_save\": null | \"modules_to_save\": [\"lm_head\"] | modules_to_save: [\"lm_head\"], is not supported",
        "\"rank_pattern\": {} | \"rank_pattern\": {\"q_proj\": 8} | rank_pattern: {\"q_proj\":8}, is not supported",
        "\"bias\": \"none\" | \"bias\": \"all\" | bias: \"all\", must be \"none\"",
        "\"peft_type\": \"LORA\" | \"peft_type\": \"IA3\" | peft_type: \"IA3\", must be \"LORA\"",
        "\"init_lora_weights\": true | \"init_lora_weights\": \"pissa_niter_16\" | init_lora_weights: \"pissa_niter_16\", is not supported: it changes the base\\, too",
        "\"lora_dropout\": 0.05 | \"lora_dropout\": 1 | lora_dropout: 1, must be at least 0 and below 1",
        "\"v_proj\" | \"lm_head\" | target_modules: [\"lm_head\",\"down_proj\",\"q_proj\"], must be a list of q_proj, k_proj, v_proj",
    })
    void whatIsNotSupportedIsRefusedByName(String plain, String other, String message) throws IOException {
        write(CONFIG.replace("BASE", base.toString()).replace(plain, other));
        String refusal = refusal();
        assertTrue(refusal.startsWith(adapter.resolve("adapter_config.json") + ": the adapter cannot be imported:\n  "), refusal);
        assertTrue(refusal.contains(message.replace("\\,", ",")), refusal);
    }

    @Test
    void missingAndUnexpectedTensorsAreToldTogether() throws IOException {
        write(CONFIG.replace("BASE", base.toString()).replace("\"v_proj\"", "\"k_proj\"").replace("\"r\": 3", "\"r\": 2"));
        String message = refusal();
        assertTrue(message.contains("base_model.model.model.layers.0.self_attn.k_proj.lora_A.weight is missing"), message);
        assertTrue(message.contains("holds base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight"), message);
        assertTrue(message.contains("q_proj.lora_A.weight has the shape [3, " + model.hiddenSize() + "], must be [2, "), message);
    }

    @Test
    void aBaseThatIsNotHereIsTold() throws IOException {
        write(CONFIG.replace("BASE", "Qwen/Qwen2.5-7B-Instruct"));
        assertEquals(adapter + ": is an adapter of the model \"Qwen/Qwen2.5-7B-Instruct\" (base_model_name_or_path in adapter_config.json), which is "
                + "no checkpoint folder here; write its folder there, or merge the two: thinkj merge --adapter " + adapter
                + " --base DIR --output DIR", refusal());
        assertEquals(base, HfCheckpoint.openAdapter(adapter, base).baseFolder());
    }

    @Test
    void configsNameTheModulesThatAdaptersKnow() {
        assertEquals(PeftConfig.MODULES, LoraSettings.MODULES);
    }

    @Test
    void savingWritesNothingOver() {
        PeftAdapter read = HfCheckpoint.open(adapter).adapter().orElseThrow();
        Map<String, INDArray> tensors = new LinkedHashMap<>(read.load());
        String message = assertThrows(UserError.class, () -> PeftAdapter.save(adapter, read.config(), tensors, Dtype.F32, null)).getMessage();
        assertEquals(adapter + ": the folder is not empty; choose another or remove it", message);
    }

    private String refusal() {
        return assertThrows(UserError.class, () -> HfCheckpoint.open(adapter)).getMessage();
    }
}
