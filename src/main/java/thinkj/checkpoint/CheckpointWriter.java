package thinkj.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import thinkj.io.FileErrors;
import thinkj.io.Folders;
import thinkj.io.Json;
import thinkj.io.UserError;

/** Writes a checkpoint folder beside its final place and renames it: it is there whole or not at all. */
final class CheckpointWriter {

    /** Files that belong to the tokenizer; those that a source folder has are copied. */
    static final List<String> TOKENIZER_FILES = List.of("tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt",
            "special_tokens_map.json", "added_tokens.json", "chat_template.jinja", "chat_template.json");

    /** Configuration and tokenizer files, generously. */
    private static final long SIDE_FILES = 1L << 20;

    private final Path folder;
    private final SaveOptions options;

    CheckpointWriter(Path folder, SaveOptions options) {
        this.folder = folder;
        this.options = options;
    }

    /** @param tokenizerSource a folder whose tokenizer files are copied, or null */
    void write(Qwen2Config config, GenerationConfig generation, Map<String, TensorSource> sources, Path tokenizerSource) {
        write(Qwen2Tensors.parameters(config), tokenizerSource, part -> {
            weights(part, Qwen2Tensors.of(config), sources);
            Json.write(part.resolve(HfCheckpoint.CONFIG), ConfigJson.write(config, options.dtype()));
            Json.write(part.resolve(GenerationConfig.FILE), generation.toJson());
        });
    }

    /** The same of an adapter. */
    void writeAdapter(PeftConfig config, Map<String, SafetensorsWriter.Tensor> tensors, Path tokenizerSource) {
        long parameters = tensors.values().stream().mapToLong(tensor -> Qwen2Tensors.size(tensor.shape())).sum();
        write(parameters, tokenizerSource, part -> {
            SafetensorsWriter.write(part.resolve(PeftAdapter.WEIGHTS), tensors, options.dtype());
            Files.writeString(part.resolve(PeftConfig.FILE), config.text());
        });
    }

    /** What is written into the new folder. */
    @FunctionalInterface
    private interface Content {
        void write(Path part) throws IOException;
    }

    private void write(long parameters, Path tokenizerSource, Content content) {
        requireFree(folder);
        Path parent = folder.toAbsolutePath().getParent();
        Folders.requireWritable(parent);
        requireSpace(parent, parameters * options.dtype().bytes() + tokenizerBytes(tokenizerSource) + SIDE_FILES);
        Path part = null;
        try {
            part = Files.createTempDirectory(parent, "." + folder.getFileName() + ".part");
            content.write(part);
            copyTokenizer(tokenizerSource, part);
            readableByAll(part);
            Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw FileErrors.writing(folder, e);
        } finally {
            if (part != null) {
                Folders.delete(part);
            }
        }
    }

    /** Refuses to write over anything. */
    static void requireFree(Path folder) {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isPresent()) {
                    throw new UserError(folder + ": the folder is not empty; choose another or remove it");
                }
            } catch (IOException e) {
                throw FileErrors.writing(folder, e);
            }
        } else if (Files.exists(folder)) {
            throw new UserError(folder + ": is a file, a folder was expected; choose another path");
        }
    }

    static void requireSpace(Path parent, long bytes) {
        try {
            FileStore store = Files.getFileStore(parent);
            requireSpace(parent, bytes, store.getUsableSpace());
        } catch (IOException e) {
            throw FileErrors.writing(parent, e);
        }
    }

    /** @param usable bytes that are free */
    static void requireSpace(Path parent, long bytes, long usable) {
        if (usable < bytes) {
            throw new UserError(parent + ": no space left on the device: the checkpoint takes " + megabytes(bytes) + " MB, "
                    + megabytes(usable) + " MB are free; free some space or choose another folder, then run the command again");
        }
    }

    private static long megabytes(long bytes) {
        return (bytes + 999_999) / 1_000_000;
    }

    /** Fills shards in the declared order, as HF's tools do. */
    private void weights(Path part, Map<String, long[]> declared, Map<String, TensorSource> sources) throws IOException {
        List<Map<String, SafetensorsWriter.Tensor>> shards = new ArrayList<>();
        long inShard = 0;
        long total = 0;
        for (Map.Entry<String, long[]> tensor : declared.entrySet()) {
            long bytes = Qwen2Tensors.size(tensor.getValue()) * options.dtype().bytes();
            if (shards.isEmpty() || inShard + bytes > options.maxShardBytes()) {
                shards.add(new LinkedHashMap<>());
                inShard = 0;
            }
            shards.get(shards.size() - 1)
                    .put(tensor.getKey(), new SafetensorsWriter.Tensor(tensor.getValue(), sources.get(tensor.getKey())));
            inShard += bytes;
            total += bytes;
        }
        if (shards.size() == 1) {
            SafetensorsWriter.write(part.resolve(TensorFiles.SINGLE), shards.get(0), options.dtype());
            return;
        }
        Map<String, String> shardOf = new TreeMap<>();
        for (int i = 0; i < shards.size(); i++) {
            String name = String.format("model-%05d-of-%05d.safetensors", i + 1, shards.size());
            shards.get(i).keySet().forEach(tensor -> shardOf.put(tensor, name));
            SafetensorsWriter.write(part.resolve(name), shards.get(i), options.dtype());
        }
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.putObject("metadata").put("total_size", total);
        ObjectNode map = index.putObject("weight_map");
        shardOf.forEach(map::put);
        Json.write(part.resolve(TensorFiles.INDEX), index);
    }

    private static long tokenizerBytes(Path source) {
        long bytes = 0;
        try {
            for (String name : source == null ? List.<String>of() : TOKENIZER_FILES) {
                bytes += Files.exists(source.resolve(name)) ? Files.size(source.resolve(name)) : 0;
            }
        } catch (IOException e) {
            throw FileErrors.reading(source, e);
        }
        return bytes;
    }

    private static void copyTokenizer(Path source, Path part) throws IOException {
        for (String name : source == null ? List.<String>of() : TOKENIZER_FILES) {
            if (Files.exists(source.resolve(name))) {
                Files.copy(source.resolve(name), part.resolve(name));
            }
        }
    }

    /** Temporary folders are for their owner alone; a checkpoint has the rights that any new folder here would have. */
    private static void readableByAll(Path part) throws IOException {
        Path model = Files.createDirectory(part.resolve(".rights"));
        if (Files.getFileStore(part).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(part, Files.getPosixFilePermissions(model));
        }
        Files.delete(model);
    }
}
