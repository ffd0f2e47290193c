package thinkj.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.io.FileErrors;
import thinkj.io.UserError;

/** A low-rank adapter's folder in PEFT's layout: {@code adapter_config.json}, {@code adapter_model.safetensors}, often a tokenizer. */
public final class PeftAdapter {
    static final String WEIGHTS = "adapter_model.safetensors";
    private static final String OLD_WEIGHTS = "adapter_model.bin";

    private final Path folder;
    private final PeftConfig config;
    private final Map<String, TensorEntry> table;

    private PeftAdapter(Path folder, PeftConfig config, Map<String, TensorEntry> table) {
        this.folder = folder;
        this.config = config;
        this.table = table;
    }

    /** Whether a folder holds an adapter. */
    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(PeftConfig.FILE));
    }

    /** Reads what an adapter says about itself. */
    static PeftConfig config(Path folder) {
        Path file = folder.resolve(PeftConfig.FILE);
        if (!Files.exists(file)) {
            throw new UserError(folder + ": holds no " + PeftConfig.FILE + "; an adapter's folder in PEFT's layout was expected");
        }
        try {
            return PeftConfig.read(file, Files.readString(file));
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    /** Opens a folder and checks everything but the values, against the model that it belongs to. */
    static PeftAdapter open(Path folder, PeftConfig config, Qwen2Config model) {
        if (!Files.exists(folder.resolve(WEIGHTS))) {
            throw new UserError(folder + ": holds no " + WEIGHTS + (Files.exists(folder.resolve(OLD_WEIGHTS))
                    ? " (but " + OLD_WEIGHTS + "); save the adapter with safe_serialization" : "; fetch the adapter's files"));
        }
        return new PeftAdapter(folder, config, TensorFiles.open(folder, WEIGHTS, LoraTensors.of(model, config)));
    }

    public PeftConfig config() {
        return config;
    }

    /** How its first tensor is stored. */
    public Dtype dtype() {
        return table.values().iterator().next().dtype();
    }

    /** The tensors in fp32 by PEFT's names; the caller closes them. NaN and infinite values are refused. */
    public LinkedHashMap<String, INDArray> load() {
        return TensorLoader.load(folder, table);
    }

    /** Adds a weight's low-rank product to it, where the adapter has one. */
    void mergeInto(INDArray array, String weight) {
        if (!LoraTensors.isAdapted(weight, config)) {
            return;
        }
        List<String> names = List.of(LoraTensors.a(weight), LoraTensors.b(weight));
        Map<String, TensorEntry> pair = new LinkedHashMap<>();
        names.forEach(name -> pair.put(name, table.get(name)));
        Map<String, INDArray> read = TensorLoader.load(folder, pair);
        LoraTensors.merge(array, read.get(names.get(0)), read.get(names.get(1)), config.scale());
        read.values().forEach(INDArray::close);
    }

    /**
     * Writes a folder that PEFT loads. It appears whole or not at all, and nothing is written over.
     *
     * @param tensors fp32 arrays with the names and shapes of {@link LoraTensors#of}
     * @param tokenizerSource a folder whose tokenizer files are copied, or null
     */
    public static void save(Path folder, PeftConfig config, Map<String, INDArray> tensors, Dtype dtype, Path tokenizerSource) {
        Map<String, SafetensorsWriter.Tensor> all = new LinkedHashMap<>();
        tensors.forEach((name, array) -> all.put(name, new SafetensorsWriter.Tensor(array.shape(), HfCheckpoint.source(array))));
        new CheckpointWriter(folder, new SaveOptions(dtype)).writeAdapter(config, all, tokenizerSource);
    }
}
