package thinkj.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.Json;
import thinkj.io.UserError;

/** Checkpoints that must be refused, and the words they are refused with. */
class BadCheckpointTest {
    private static final String SINGLE = "model.safetensors";
    private static final String FIRST_SHARD = "model-00001-of-00002.safetensors";
    private static final String SECOND_SHARD = "model-00002-of-00002.safetensors";

    @TempDir
    Path temp;

    private Path folder;
    private Path sharded;

    @BeforeEach
    void write() {
        folder = SmallCheckpoint.write(temp.resolve("single"), new SaveOptions(Dtype.F32));
        sharded = SmallCheckpoint.write(temp.resolve("sharded"), new SaveOptions(Dtype.F32, 1400));
    }

    @Test
    void unharmedCheckpointsOpen() throws Exception {
        assertEquals(SmallCheckpoint.CONFIG.hiddenSize(), HfCheckpoint.open(folder).config().hiddenSize());
        assertEquals(Qwen2Tensors.of(SmallCheckpoint.CONFIG).keySet(), HfCheckpoint.open(sharded).dtypes().keySet());
        try (Stream<Path> files = Files.list(sharded)) {
            assertEquals(2, files.filter(file -> file.toString().endsWith(".safetensors")).count());
        }
    }

    @Test
    void truncatedShard() throws Exception {
        Path shard = sharded.resolve(SECOND_SHARD);
        byte[] bytes = Files.readAllBytes(shard);
        Files.write(shard, Arrays.copyOf(bytes, bytes.length - 100));
        refused(sharded, SECOND_SHARD + ": the file has " + (bytes.length - 100) + " bytes, its tensors take " + bytes.length
                + "; it is cut off, fetch it again");
    }

    @Test
    void headerLongerThanTheFile() throws Exception {
        Path file = folder.resolve(SINGLE);
        byte[] bytes = Files.readAllBytes(file);
        long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        Files.write(file, Arrays.copyOf(bytes, 50));
        refused(folder, SINGLE + ": the header's " + header + " bytes reach beyond the file's 50 bytes; the file is cut off");
        Files.write(file, Arrays.copyOf(bytes, 5));
        refused(folder, SINGLE + ": the file has 5 bytes, too few for a safetensors header; it is cut off");
        Files.write(file, "<html>not a checkpoint</html>".getBytes());
        refused(folder, SINGLE + ": the header's length is 8029423821061908540 bytes, must be 2 to 100000000; this is no safetensors file");
    }

    @Test
    void missingShardAndEverythingElseAtOnce() throws Exception {
        Files.delete(sharded.resolve(FIRST_SHARD));
        SmallCheckpoint.changeHeader(sharded.resolve(SECOND_SHARD), header -> header.replace("up_proj", "upper_proj"));
        refused(sharded,
                "model.safetensors.index.json: names " + FIRST_SHARD + ", which is missing",
                SECOND_SHARD + ": holds model.layers.0.mlp.upper_proj.weight, which model.safetensors.index.json does not list",
                "model.safetensors.index.json: says that model.layers.0.mlp.up_proj.weight is in " + SECOND_SHARD + ", which does not hold it",
                SECOND_SHARD + ": holds model.layers.0.mlp.upper_proj.weight [12, 8], which the architecture does not have");
    }

    @Test
    void unknownAndMissingTensors() throws Exception {
        SmallCheckpoint.changeHeader(folder.resolve(SINGLE), header -> header.replace("model.norm.weight", "model.norm.wait"));
        refused(folder, "model.norm.weight is missing", SINGLE + ": holds model.norm.wait [8], which the architecture does not have");
    }

    @Test
    void wrongShapesAndTypes() throws Exception {
        SmallCheckpoint.changeHeader(folder.resolve(SINGLE), header -> header
                .replace("\"model.embed_tokens.weight\":{\"dtype\":\"F32\",\"shape\":[16,8]",
                        "\"model.embed_tokens.weight\":{\"dtype\":\"F32\",\"shape\":[8,16]")
                .replace("\"model.norm.weight\":{\"dtype\":\"F32\"", "\"model.norm.weight\":{\"dtype\":\"I32\""));
        refused(folder, SINGLE + ": model.embed_tokens.weight has the shape [8, 16], must be [16, 8]",
                SINGLE + ": model.norm.weight is in I32, must be F32, F16 or BF16");
    }

    @Test
    void overlapsGapsAndSizes() throws Exception {
        // The embedding's 512 bytes come first, the layer's norm of 32 bytes follows.
        header(header -> entry(header, "model.layers.0.input_layernorm.weight").putArray("data_offsets").add(500).add(532));
        refused(folder, SINGLE + ": model.layers.0.input_layernorm.weight: its data overlap those of model.embed_tokens.weight by 12 bytes",
                SINGLE + ": model.layers.0.mlp.down_proj.weight: its data begin 12 bytes after the end of model.layers.0.input_layernorm.weight");
        header(header -> entry(header, "model.layers.0.input_layernorm.weight").putArray("data_offsets").add(512).add(540));
        refused(folder, SINGLE + ": model.layers.0.input_layernorm.weight: 28 bytes of data, but shape [8] in F32 takes 32",
                SINGLE + ": model.layers.0.mlp.down_proj.weight: its data begin 4 bytes after the end of model.layers.0.input_layernorm.weight");
    }

    @Test
    void trailingBytes() throws Exception {
        Path file = folder.resolve(SINGLE);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length + 3));
        refused(folder, SINGLE + ": 3 bytes follow the last tensor, model.norm.weight");
    }

    @Test
    void aNameTwice() throws Exception {
        SmallCheckpoint.changeHeader(folder.resolve(SINGLE), header ->
                header.strip().replaceFirst("}$", ",\"model.norm.weight\":{\"dtype\":\"F32\",\"shape\":[8],\"data_offsets\":[0,32]}}"));
        refused(folder, SINGLE + ": model.norm.weight stands twice in the header");
    }

    @Test
    void weightsThatAreNotFinite() throws Exception {
        Path file = folder.resolve(SINGLE);
        byte[] bytes = Files.readAllBytes(file);
        TensorEntry embedding = TensorFiles.open(folder, Qwen2Tensors.of(SmallCheckpoint.CONFIG)).get("model.embed_tokens.weight");
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putFloat((int) embedding.offset() + 4 * 5, Float.NaN);
        buffer.putFloat((int) embedding.offset() + 4 * 9, Float.NEGATIVE_INFINITY);
        buffer.putFloat(bytes.length - 4, Float.NaN);
        Files.write(file, bytes);
        HfCheckpoint checkpoint = HfCheckpoint.open(folder);
        UserError error = assertThrows(UserError.class, checkpoint::load);
        assertEquals(folder + ": the weights hold numbers that are not finite; use a checkpoint from before they went wrong:\n"
                + "  model.safetensors: model.embed_tokens.weight [16, 8]: 2 of 128 numbers are NaN or infinite, the first at 5\n"
                + "  model.safetensors: model.norm.weight [8]: 1 of 8 numbers are NaN or infinite, the first at 7", error.getMessage());
    }

    @Test
    void foldersThatAreNoCheckpoints() throws Exception {
        Path none = temp.resolve("none");
        message(none + ": no such folder; a checkpoint folder with config.json and safetensors files was expected", none);
        Path empty = Files.createDirectory(temp.resolve("empty"));
        message(empty + ": holds no config.json; a checkpoint folder in Hugging Face's layout was expected", empty);
        Files.move(folder.resolve(SINGLE), folder.resolve("pytorch_model.bin"));
        message(folder + ": holds neither model.safetensors nor model.safetensors.index.json (but pytorch_model.bin);"
                + " fetch the checkpoint's safetensors files", folder);
    }

    @Test
    void twoSetsOfWeights() throws Exception {
        Files.copy(folder.resolve(SINGLE), sharded.resolve(SINGLE));
        refused(sharded, "holds both model.safetensors and model.safetensors.index.json; remove the one that is out of date");
    }

    @Test
    void configurationThatCannotBeComputed() throws Exception {
        ObjectNode config = (ObjectNode) Json.read(folder.resolve("config.json"));
        config.put("model_type", "llama").put("hidden_size", 9).put("use_sliding_window", true).put("hidden_act", "gelu").remove("vocab_size");
        config.put("num_hidden_layers", "one").put("attention_dropout", 0.1).putObject("rope_scaling").put("rope_type", "yarn");
        Json.write(folder.resolve("config.json"), config);
        message(folder.resolve("config.json") + " cannot be used:\n"
                + "  model_type is \"llama\": must be \"qwen2\"\n"
                + "  hidden_act is \"gelu\": must be \"silu\"\n"
                + "  use_sliding_window is true: sliding windows are not supported, set it to false\n"
                + "  rope_scaling is of type \"yarn\": only the plain rotary embedding is supported, set it to null\n"
                + "  attention_dropout is 0.1: must be 0\n"
                + "  num_hidden_layers is \"one\": must be a whole number\n"
                + "  vocab_size is missing\n"
                + "  num_attention_heads is 2: must divide hidden_size 9", folder);
    }

    @Test
    void exportRefusesWhatIsThere() throws Exception {
        UserError error = assertThrows(UserError.class, () -> SmallCheckpoint.write(folder, new SaveOptions(Dtype.F32)));
        assertEquals(folder + ": the folder is not empty; choose another or remove it", error.getMessage());
        Path file = Files.createFile(temp.resolve("file"));
        error = assertThrows(UserError.class, () -> SmallCheckpoint.write(file, new SaveOptions(Dtype.F32)));
        assertEquals(file + ": is a file, a folder was expected; choose another path", error.getMessage());
        Path below = file.resolve("below");
        error = assertThrows(UserError.class, () -> SmallCheckpoint.write(below, new SaveOptions(Dtype.F32)));
        assertEquals(file + ": cannot be written, a file stands where a folder is needed; choose another path", error.getMessage());
    }

    @Test
    void exportSaysHowMuchSpaceItNeeds() {
        UserError error = assertThrows(UserError.class, () -> CheckpointWriter.requireSpace(temp, 2_500_000_000L, 1_000_000_000L));
        assertEquals(temp + ": no space left on the device: the checkpoint takes 2500 MB, 1000 MB are free;"
                + " free some space or choose another folder, then run the command again", error.getMessage());
    }

    @Test
    void aFailedExportLeavesNothingBehind() throws Exception {
        Path target = temp.resolve("failed");
        assertThrows(IllegalStateException.class, () -> RandomCheckpoint.write(target, SmallCheckpoint.CONFIG,
                GenerationConfig.neutral(java.util.List.of(), -1), 1, new SaveOptions(Dtype.F32), null, count -> {
                    throw new IllegalStateException("stopped");
                }));
        assertFalse(Files.exists(target));
        try (Stream<Path> files = Files.list(temp)) {
            assertTrue(files.allMatch(file -> file.equals(folder) || file.equals(sharded)));
        }
    }

    private void header(Consumer<ObjectNode> change) throws Exception {
        SmallCheckpoint.changeHeader(folder.resolve(SINGLE), header -> {
            try {
                ObjectNode root = (ObjectNode) Json.MAPPER.readTree(header);
                change.accept(root);
                return Json.line(root);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static ObjectNode entry(ObjectNode header, String name) {
        return (ObjectNode) header.get(name);
    }

    private static void refused(Path folder, String... problems) {
        message(folder + ": the weights cannot be imported:\n  " + String.join("\n  ", problems), folder);
    }

    private static void message(String expected, Path folder) {
        assertEquals(expected, assertThrows(UserError.class, () -> HfCheckpoint.open(folder)).getMessage());
    }
}
