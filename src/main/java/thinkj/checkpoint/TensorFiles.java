package thinkj.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import thinkj.io.FileErrors;
import thinkj.io.Json;
import thinkj.io.UserError;

/**
 * The tensors of a checkpoint folder, one file or shards with an index, checked against the architecture's table both ways. One
 * {@link UserError} lists everything that is wrong with names, shapes, types and files.
 */
final class TensorFiles {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private final Path folder;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, TensorEntry> found = new LinkedHashMap<>();
    private final Set<String> indexed = new LinkedHashSet<>();

    private TensorFiles(Path folder) {
        this.folder = folder;
    }

    /** Every declared tensor's place, in the declared order. */
    static Map<String, TensorEntry> open(Path folder, Map<String, long[]> declared) {
        TensorFiles files = new TensorFiles(folder);
        files.locate();
        return files.table(declared);
    }

    private Map<String, TensorEntry> table(Map<String, long[]> declared) {
        Map<String, TensorEntry> table = match(declared);
        if (!problems.isEmpty()) {
            throw new UserError(folder + ": the weights cannot be imported:\n  " + String.join("\n  ", problems));
        }
        return table;
    }

    /** The same of a single file in a folder. */
    static Map<String, TensorEntry> open(Path folder, String file, Map<String, long[]> declared) {
        TensorFiles files = new TensorFiles(folder);
        files.add(SafetensorsHeader.read(folder.resolve(file), files.problems));
        return files.table(declared);
    }

    private void locate() {
        boolean single = Files.exists(folder.resolve(SINGLE));
        boolean index = Files.exists(folder.resolve(INDEX));
        if (single && index) {
            problems.add("holds both " + SINGLE + " and " + INDEX + "; remove the one that is out of date");
        }
        if (index) {
            shards();
        } else if (single) {
            add(SafetensorsHeader.read(folder.resolve(SINGLE), problems));
        } else {
            noWeights();
        }
    }

    private void noWeights() {
        try (Stream<Path> files = Files.list(folder)) {
            String others = String.join(", ", files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".bin") || name.endsWith(".safetensors"))
                    .sorted()
                    .toList());
            throw new UserError(folder + ": holds neither " + SINGLE + " nor " + INDEX
                    + (others.isEmpty() ? "" : " (but " + others + ")") + "; fetch the checkpoint's safetensors files");
        } catch (IOException e) {
            throw FileErrors.reading(folder, e);
        }
    }

    private void shards() {
        Path file = folder.resolve(INDEX);
        JsonNode map = Json.read(file).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            problems.add(INDEX + ": has no weight_map");
            return;
        }
        Map<String, String> shardOf = new LinkedHashMap<>();
        map.properties().forEach(field -> shardOf.put(field.getKey(), field.getValue().asText()));
        indexed.addAll(shardOf.keySet());
        Map<String, Set<String>> held = new HashMap<>();
        for (String shard : new LinkedHashSet<>(shardOf.values())) {
            held.put(shard, shard(shard, shardOf));
        }
        shardOf.forEach((name, shard) -> {
            if (held.get(shard) != null && !held.get(shard).contains(name)) {
                problems.add(INDEX + ": says that " + name + " is in " + shard + ", which does not hold it");
            }
        });
    }

    /** Reads a shard and returns its tensors' names; null where that cannot be told. */
    private Set<String> shard(String shard, Map<String, String> shardOf) {
        if (!shard.equals(Path.of(shard).getFileName().toString())) {
            problems.add(INDEX + ": names " + shard + ", must be a file of the same folder");
            return null;
        }
        if (!Files.exists(folder.resolve(shard))) {
            problems.add(INDEX + ": names " + shard + ", which is missing");
            return null;
        }
        List<TensorEntry> entries = SafetensorsHeader.read(folder.resolve(shard), problems);
        if (entries.isEmpty()) {
            return null;
        }
        Set<String> names = new LinkedHashSet<>();
        for (TensorEntry entry : entries) {
            names.add(entry.name());
            if (!shard.equals(shardOf.get(entry.name()))) {
                problems.add(shard + ": holds " + entry.name() + ", which " + INDEX
                        + (shardOf.containsKey(entry.name()) ? " places in " + shardOf.get(entry.name()) : " does not list"));
            }
        }
        add(entries);
        return names;
    }

    private void add(List<TensorEntry> entries) {
        entries.forEach(entry -> found.putIfAbsent(entry.name(), entry));
    }

    private Map<String, TensorEntry> match(Map<String, long[]> declared) {
        Map<String, TensorEntry> table = new LinkedHashMap<>();
        declared.forEach((name, shape) -> {
            TensorEntry entry = found.get(name);
            if (entry == null) {
                missing(name);
            } else {
                check(entry, shape);
                table.put(name, entry);
            }
        });
        found.values().stream().filter(entry -> !declared.containsKey(entry.name())).forEach(entry -> problems.add(
                entry.file().getFileName() + ": holds " + entry.name() + " " + entry.shapeText() + ", which the architecture does not have"));
        return table;
    }

    /** A tensor in a file that is gone or cannot be read was reported with the file. */
    private void missing(String name) {
        if (!indexed.contains(name) && !found.isEmpty()) {
            problems.add(name + " is missing");
        }
    }

    private void check(TensorEntry entry, long[] shape) {
        String place = entry.file().getFileName() + ": " + entry.name();
        if (!Arrays.equals(entry.shape(), shape)) {
            problems.add(place + " has the shape " + entry.shapeText() + ", must be " + Arrays.toString(shape));
        }
        if (entry.dtype() == null) {
            problems.add(place + " is in " + entry.dtypeWord() + ", must be F32, F16 or BF16");
        }
    }
}
