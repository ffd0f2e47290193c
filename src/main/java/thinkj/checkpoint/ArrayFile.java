package thinkj.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.io.FileErrors;
import thinkj.io.UserError;

/** Named fp32 arrays in one safetensors file, whatever they are: an optimizer's state, weights as they are trained. */
public final class ArrayFile {
    private ArrayFile() {}

    /** Writes a new file, piece by piece, and forces it to the disk. */
    public static void write(Path file, Map<String, INDArray> arrays) {
        Map<String, SafetensorsWriter.Tensor> tensors = new LinkedHashMap<>();
        arrays.forEach((name, array) -> tensors.put(name, new SafetensorsWriter.Tensor(array.shape(), HfCheckpoint.source(array))));
        try {
            SafetensorsWriter.write(file, tensors, Dtype.F32);
        } catch (IOException e) {
            throw FileErrors.writing(file, e);
        }
    }

    /** Fills arrays with what the file holds under their names; names, shapes and types must be the same both ways. */
    public static void read(Path file, Map<String, INDArray> arrays) {
        List<String> problems = new ArrayList<>();
        Map<String, TensorEntry> table = new LinkedHashMap<>();
        SafetensorsHeader.read(file, problems).forEach(entry -> table.put(entry.name(), entry));
        arrays.forEach((name, array) -> {
            TensorEntry entry = table.get(name);
            if (entry == null) {
                problems.add(name + " is missing");
            } else if (entry.dtype() != Dtype.F32 || !Arrays.equals(entry.shape(), array.shape())) {
                problems.add(name + " is " + entry.dtypeWord() + " " + entry.shapeText() + ", must be F32 " + Arrays.toString(array.shape()));
            }
        });
        table.keySet().stream().filter(name -> !arrays.containsKey(name)).forEach(name -> problems.add(name + " is unknown"));
        if (!problems.isEmpty()) {
            throw new UserError(file + ": cannot be read:\n  " + String.join("\n  ", problems));
        }
        TensorLoader.fill(file, table, arrays);
    }

    /** Bytes that a file of these arrays takes, but for its table. */
    public static long bytes(Map<String, INDArray> arrays) {
        return arrays.values().stream().mapToLong(INDArray::length).sum() * Dtype.F32.bytes();
    }
}
