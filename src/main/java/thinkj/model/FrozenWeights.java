package thinkj.model;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.same.Round;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;

/**
 * Weights that training leaves as they are, in memory only in the form that they are kept in: norms and biases in fp32, matrices as
 * {@link Storage} says. They are read one by one, the largest first, while there is still room for it in fp32.
 */
public final class FrozenWeights implements AutoCloseable {

    /** How matrices are kept. */
    public enum Storage {
        FP32(DataType.FLOAT),
        BF16(DataType.BFLOAT16),

        /** Those of the layers' projections with a scale for each output; embedding and output projection in bf16. */
        INT8(DataType.INT8);

        private final DataType type;

        Storage(DataType type) {
            this.type = type;
        }

        /** Of the layers' projections. */
        DataType type() {
            return type;
        }

        /** Of embedding and output projection. */
        DataType vocabularyType() {
            return this == INT8 ? DataType.BFLOAT16 : type;
        }
    }

    private static final int LARGEST_INT8 = 127;

    private final Storage storage;
    private final Map<String, INDArray> arrays;

    private FrozenWeights(Storage storage, Map<String, INDArray> arrays) {
        this.storage = storage;
        this.arrays = arrays;
    }

    /** Reads all weights. */
    public static FrozenWeights of(Qwen2Config config, WeightSource source, Storage storage) {
        Map<String, long[]> shapes = Qwen2Tensors.of(config);
        List<String> names = shapes.keySet().stream()
                .sorted(Comparator.comparingLong(name -> -size(shapes.get(name))))
                .toList();
        FrozenWeights weights = new FrozenWeights(storage, new LinkedHashMap<>());
        try {
            names.forEach(name -> weights.keep(name, source.read(name)));
            return weights;
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    private static long size(long[] shape) {
        return shape.length == 1 ? shape[0] : shape[0] * shape[1];
    }

    /** Name of what an int8 1 stands for in each row of a weight. */
    static String scales(String weight) {
        return weight + ".scales";
    }

    /** The type that a weight, by the checkpoint's name, is kept in. */
    static DataType type(String weight, Storage storage) {
        if (weight.endsWith("norm.weight") || weight.endsWith(".bias")) {
            return DataType.FLOAT;
        }
        return weight.equals(GenerationWeights.EMBEDDING) || weight.equals(GenerationWeights.OUTPUT) ? storage.vocabularyType() : storage.type();
    }

    /** @param read fp32; closed if it is not what is kept */
    private void keep(String name, INDArray read) {
        DataType type = type(name, storage);
        if (type == DataType.FLOAT) {
            arrays.put(name, read);
            return;
        }
        try (read) {
            if (type == DataType.INT8) {
                INDArray scales = read.amax(1).divi(LARGEST_INT8);
                arrays.put(scales(name), scales);
                try (INDArray divisors = scales.dup()) {
                    // A row of zeros stays one, whatever it is divided by.
                    divisors.data().setData(withoutZeros(divisors.toFloatVector()));
                    read.diviColumnVector(divisors);
                }
                Nd4j.exec(new Round(read, read));
            }
            arrays.put(name, read.castTo(type));
        }
    }

    private static float[] withoutZeros(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] == 0 ? 1 : values[i];
        }
        return values;
    }

    Storage storage() {
        return storage;
    }

    /** By the names of the graph's placeholders: the checkpoint's, and {@link #scales}. */
    Map<String, INDArray> arrays() {
        return arrays;
    }

    /** Whether a weight, by the checkpoint's name, is the embedding or the output projection, and kept in bf16. */
    boolean isVocabularyInBf16(String name) {
        boolean vocabulary = name.equals(GenerationWeights.EMBEDDING) || name.equals(GenerationWeights.OUTPUT);
        return vocabulary && storage.vocabularyType() == DataType.BFLOAT16;
    }

    /** A weight in fp32, a new array. */
    INDArray read(String name) {
        INDArray kept = arrays.get(name);
        INDArray wide = kept.dataType() == DataType.FLOAT ? kept.dup('c') : kept.castTo(DataType.FLOAT);
        return kept.dataType() == DataType.INT8 ? wide.muliColumnVector(arrays.get(scales(name))) : wide;
    }

    @Override
    public void close() {
        arrays.values().forEach(INDArray::close);
    }
}
