package thinkj.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import thinkj.io.UserError;

/**
 * A checkpoint folder in HF's layout: {@code config.json}, {@code generation_config.json}, one safetensors file or shards with an index,
 * and the tokenizer's files.
 */
public final class HfCheckpoint {
    static final String CONFIG = "config.json";

    private final Path folder;
    private final Qwen2Config config;
    private final GenerationConfig generationConfig;
    private final Map<String, TensorEntry> table;

    private HfCheckpoint(Path folder, Qwen2Config config, GenerationConfig generationConfig, Map<String, TensorEntry> table) {
        this.folder = folder;
        this.config = config;
        this.generationConfig = generationConfig;
        this.table = table;
    }

    /** Opens a folder and checks everything but the weights' values. */
    public static HfCheckpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UserError(folder + ": no such folder; a checkpoint folder with " + CONFIG + " and safetensors files was expected");
        }
        if (!Files.exists(folder.resolve(CONFIG))) {
            throw new UserError(folder + ": holds no " + CONFIG + "; a checkpoint folder in Hugging Face's layout was expected");
        }
        Qwen2Config config = Qwen2Config.read(folder.resolve(CONFIG));
        GenerationConfig generation = GenerationConfig.read(folder, config);
        return new HfCheckpoint(folder, config, generation, TensorFiles.open(folder, Qwen2Tensors.of(config)));
    }

    public Path folder() {
        return folder;
    }

    public Qwen2Config config() {
        return config;
    }

    public GenerationConfig generationConfig() {
        return generationConfig;
    }

    /** How each tensor is stored, in the declared order. */
    public Map<String, Dtype> dtypes() {
        Map<String, Dtype> dtypes = new LinkedHashMap<>();
        table.forEach((name, entry) -> dtypes.put(name, entry.dtype()));
        return dtypes;
    }

    /**
     * The weights in fp32, C order, with the checkpoint's shapes, in the order of {@link Qwen2Tensors#of}; the caller closes them. NaN and
     * infinite weights are refused. Beside the arrays only some tens of megabytes of the files are in memory at any time.
     */
    public LinkedHashMap<String, INDArray> load() {
        return TensorLoader.load(folder, table);
    }

    /**
     * One of the weights, as {@link #load} gives them.
     *
     * @param name one of {@link Qwen2Tensors#of}
     */
    public INDArray read(String name) {
        return TensorLoader.load(folder, Map.of(name, table.get(name))).get(name);
    }

    /**
     * Writes a checkpoint folder that HF's tools load. It appears whole or not at all, and nothing is written over.
     *
     * @param weights fp32 arrays with the names and shapes of {@link Qwen2Tensors#of}
     * @param tokenizerSource a folder whose tokenizer files are copied, or null
     */
    public static void save(
            Path folder,
            Qwen2Config config,
            GenerationConfig generationConfig,
            Map<String, INDArray> weights,
            SaveOptions options,
            Path tokenizerSource) {
        requireWeights(config, weights);
        Map<String, TensorSource> sources = new LinkedHashMap<>();
        weights.forEach((name, array) -> sources.put(name, source(array)));
        new CheckpointWriter(folder, options).write(config, generationConfig, sources, tokenizerSource);
    }

    private static void requireWeights(Qwen2Config config, Map<String, INDArray> weights) {
        List<String> problems = new ArrayList<>();
        Map<String, long[]> declared = Qwen2Tensors.of(config);
        declared.forEach((name, shape) -> {
            INDArray array = weights.get(name);
            if (array == null) {
                problems.add(name + " is missing");
            } else if (!Arrays.equals(array.shape(), shape) || array.dataType() != DataType.FLOAT) {
                problems.add(name + " is " + array.dataType() + " " + Arrays.toString(array.shape()) + ", must be FLOAT "
                        + Arrays.toString(shape));
            } else if (array.isView() || !Shape.hasDefaultStridesForShape(array)) {
                problems.add(name + " is a view or not in C order");
            }
        });
        weights.keySet().stream().filter(name -> !declared.containsKey(name)).forEach(name -> problems.add(name + " is unknown"));
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("weights do not fit the architecture: " + String.join("; ", problems));
        }
    }

    private static TensorSource source(INDArray array) {
        FloatPointer pointer = new FloatPointer(array.data().pointer());
        return (first, into, count) -> TensorLoader.floats(pointer, first, count).get(into, 0, count);
    }
}
