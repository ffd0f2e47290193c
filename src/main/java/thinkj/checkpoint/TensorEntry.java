package thinkj.checkpoint;

import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where a tensor lies in a safetensors file.
 *
 * @param dtype null where the file's word is none of {@link Dtype}
 * @param dtypeWord the file's word
 * @param offset first byte in the file
 * @param bytes length in the file
 */
record TensorEntry(Path file, String name, Dtype dtype, String dtypeWord, long[] shape, long offset, long bytes) {

    long size() {
        return Qwen2Tensors.size(shape);
    }

    String shapeText() {
        return Arrays.toString(shape);
    }
}
