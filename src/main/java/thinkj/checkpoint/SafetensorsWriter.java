package thinkj.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import thinkj.io.Json;

/** Writes a safetensors file as HF's library does: tensors sorted by name, a header padded with spaces to a multiple of eight bytes. */
final class SafetensorsWriter {
    private static final int ALIGNMENT = 8;
    private static final int CHUNK = 1 << 16;

    private final Dtype dtype;
    private final float[] values = new float[CHUNK];
    private final ByteBuffer bytes;

    private SafetensorsWriter(Dtype dtype) {
        this.dtype = dtype;
        this.bytes = ByteBuffer.allocateDirect(CHUNK * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A tensor to be written. */
    record Tensor(long[] shape, TensorSource source) {}

    /** Writes one new file and forces it to the disk. */
    static void write(Path file, Map<String, Tensor> tensors, Dtype dtype) throws IOException {
        Map<String, Tensor> sorted = new TreeMap<>(tensors);
        SafetensorsWriter writer = new SafetensorsWriter(dtype);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writeAll(channel, header(sorted, dtype));
            for (Tensor tensor : sorted.values()) {
                writer.tensor(channel, tensor);
            }
            channel.force(true);
        }
    }

    private static ByteBuffer header(Map<String, Tensor> tensors, Dtype dtype) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
            ObjectNode entry = root.putObject(tensor.getKey());
            entry.put("dtype", dtype.name());
            var shape = entry.putArray("shape");
            for (long side : tensor.getValue().shape()) {
                shape.add(side);
            }
            long end = offset + Qwen2Tensors.size(tensor.getValue().shape()) * dtype.bytes();
            entry.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        byte[] json = Json.line(root).getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer header = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded).put(json);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }

    private void tensor(FileChannel channel, Tensor tensor) throws IOException {
        long size = Qwen2Tensors.size(tensor.shape());
        for (long first = 0; first < size; first += CHUNK) {
            int count = (int) Math.min(CHUNK, size - first);
            tensor.source().read(first, values, count);
            bytes.clear();
            if (dtype == Dtype.F32) {
                bytes.asFloatBuffer().put(values, 0, count);
            } else {
                for (int i = 0; i < count; i++) {
                    bytes.putShort(i * Short.BYTES, Dtype.floatBitsToBf16(Float.floatToRawIntBits(values[i])));
                }
            }
            writeAll(channel, bytes.position(0).limit(count * dtype.bytes()));
        }
    }

    private static void writeAll(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
