package thinkj.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TensorLoaderTest {
    @TempDir
    Path temp;

    @Test
    void viewsReachBeyondTwoGigabytes() {
        // Untouched pages take no memory: only the last few are written.
        long size = (1L << 29) + 1000;
        INDArray array = Nd4j.createUninitialized(DataType.FLOAT, new long[] {size}, 'c');
        FloatBuffer view = TensorLoader.floats(new FloatPointer(array.data().pointer()), size - 3, 3);
        view.put(new float[] {1, 2, 3});
        assertEquals(1, array.getFloat(size - 3));
        assertEquals(3, array.getFloat(size - 1));
        array.close();
    }

    @Test
    void halvesAreImported() throws Exception {
        Path folder = SmallCheckpoint.write(temp.resolve("bf16"), new SaveOptions(Dtype.BF16));
        Path file = folder.resolve("model.safetensors");
        SmallCheckpoint.changeHeader(file, header -> header.replace("BF16", "F16"));
        byte[] bytes = Files.readAllBytes(file);
        // 1.5 in binary16.
        bytes[bytes.length - 2] = 0x00;
        bytes[bytes.length - 1] = 0x3e;
        Files.write(file, bytes);
        Map<String, INDArray> weights = HfCheckpoint.open(folder).load();
        assertEquals(1.5f, weights.get("model.norm.weight").getFloat(7));
        weights.values().forEach(INDArray::close);
    }
}
