package thinkj.checkpoint;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import thinkj.io.UserError;

/**
 * A checkpoint folder in HF's layout: {@code config.json}, {@code generation_config.json}, one safetensors file or shards with an index,
 * and the tokenizer's files. Or an adapter's folder in PEFT's layout together with the base that it belongs to.
 */
public final class HfCheckpoint {
    static final String CONFIG = "config.json";
    private static final String TOKENIZER = "tokenizer.json";

    private final Path folder;
    private final Qwen2Config config;
    private final GenerationConfig generationConfig;
    private final Map<String, TensorEntry> table;
    private final Path baseFolder;
    private final PeftAdapter adapter;

    private HfCheckpoint(
            Path folder, Qwen2Config config, GenerationConfig generationConfig, Map<String, TensorEntry> table, Path baseFolder,
            PeftAdapter adapter) {
        this.folder = folder;
        this.config = config;
        this.generationConfig = generationConfig;
        this.table = table;
        this.baseFolder = baseFolder;
        this.adapter = adapter;
    }

    /**
     * Opens a folder and checks everything but the weights' values. A folder that holds an adapter is opened together with the base that
     * it names, and its weights are those of both.
     */
    public static HfCheckpoint open(Path folder) {
        if (!PeftAdapter.isIn(folder) || Files.exists(folder.resolve(CONFIG))) {
            return openWhole(folder);
        }
        String name = PeftAdapter.config(folder).baseModel();
        return openAdapter(folder, base(folder, name).orElseThrow(() -> new UserError(folder + ": is an adapter of the model \"" + name
                + "\" (base_model_name_or_path in " + PeftConfig.FILE + "), which is no checkpoint folder here; write its folder there, or "
                + "merge the two: thinkj merge --adapter " + folder + " --base DIR --output DIR")));
    }

    /** As given, from where the program runs, or beside the adapter. */
    private static Optional<Path> base(Path folder, String name) {
        try {
            return Stream.of(Path.of(name), folder.resolve(name))
                    .filter(path -> !name.isEmpty() && Files.exists(path.resolve(CONFIG)))
                    .findFirst();
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** Opens an adapter's folder together with a base. */
    public static HfCheckpoint openAdapter(Path folder, Path base) {
        PeftConfig config = PeftAdapter.config(folder);
        HfCheckpoint whole = openWhole(base);
        return new HfCheckpoint(
                folder, whole.config, whole.generationConfig, whole.table, base, PeftAdapter.open(folder, config, whole.config));
    }

    private static HfCheckpoint openWhole(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UserError(folder + ": no such folder; a checkpoint folder with " + CONFIG + " and safetensors files was expected");
        }
        if (!Files.exists(folder.resolve(CONFIG))) {
            throw new UserError(folder + ": holds no " + CONFIG + "; a checkpoint folder in Hugging Face's layout was expected");
        }
        Qwen2Config config = Qwen2Config.read(folder.resolve(CONFIG));
        GenerationConfig generation = GenerationConfig.read(folder, config);
        return new HfCheckpoint(
                folder, config, generation, TensorFiles.open(folder, Qwen2Tensors.of(config)), folder, null);
    }

    public Path folder() {
        return folder;
    }

    /** Where the weights lie: the folder itself, or that of the adapter's base. */
    public Path baseFolder() {
        return baseFolder;
    }

    /** Where the tokenizer's files lie: an adapter may have some of its own. */
    public Path tokenizerFolder() {
        return adapter == null || Files.exists(folder.resolve(TOKENIZER)) ? folder : baseFolder;
    }

    /** The same of a folder, wherever it can be opened. */
    public static Path tokenizerFolder(Path folder) {
        return PeftAdapter.isIn(folder) && !Files.exists(folder.resolve(TOKENIZER)) ? open(folder).tokenizerFolder() : folder;
    }

    /** The adapter, where the folder holds one. */
    public Optional<PeftAdapter> adapter() {
        return Optional.ofNullable(adapter);
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
        LinkedHashMap<String, INDArray> weights = TensorLoader.load(baseFolder, table);
        if (adapter != null) {
            weights.forEach((name, array) -> adapter.mergeInto(array, name));
        }
        return weights;
    }

    /** Fills arrays of this checkpoint's names and shapes with its weights. */
    public void load(Map<String, INDArray> weights) {
        requireWeights(config, weights);
        TensorLoader.fill(folder, table, weights);
    }

    /**
     * One of the weights, as {@link #load} gives them.
     *
     * @param name one of {@link Qwen2Tensors#of}
     */
    public INDArray read(String name) {
        INDArray weight = readBase(name);
        if (adapter != null) {
            adapter.mergeInto(weight, name);
        }
        return weight;
    }

    /** One of the weights without what an adapter adds. */
    public INDArray readBase(String name) {
        return TensorLoader.load(baseFolder, Map.of(name, table.get(name))).get(name);
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

    /**
     * Writes the weights, an adapter's within them, as a checkpoint folder with this one's settings and tokenizer. They go through memory one
     * by one.
     *
     * @param progress told how many more numbers were written
     */
    public void saveAs(Path target, SaveOptions options, LongConsumer progress) {
        Map<String, TensorSource> sources = new LinkedHashMap<>();
        table.keySet().forEach(name -> sources.put(name, new MergedSource(name, progress)));
        new CheckpointWriter(target, options).write(config, generationConfig, sources, tokenizerFolder());
    }

    /** Reads a weight when its first number is asked for, and closes it after the last. */
    private final class MergedSource implements TensorSource {
        private final String name;
        private final LongConsumer progress;
        private INDArray weight;
        private TensorSource numbers;

        MergedSource(String name, LongConsumer progress) {
            this.name = name;
            this.progress = progress;
        }

        @Override
        public void read(long first, float[] into, int count) {
            if (weight == null) {
                weight = HfCheckpoint.this.read(name);
                numbers = source(weight);
            }
            numbers.read(first, into, count);
            progress.accept(count);
            if (first + count == weight.length()) {
                weight.close();
                weight = null;
            }
        }
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

    static TensorSource source(INDArray array) {
        FloatPointer pointer = new FloatPointer(array.data().pointer());
        return (first, into, count) -> TensorLoader.floats(pointer, first, count).get(into, 0, count);
    }
}
