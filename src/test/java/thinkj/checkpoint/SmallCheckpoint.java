package thinkj.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** A checkpoint of a few kilobytes to be tampered with. */
final class SmallCheckpoint {
    static final Qwen2Config CONFIG = new Qwen2Config(8, 1, 2, 1, 12, 16, 64, 10_000, 1e-6, true);

    private SmallCheckpoint() {}

    static Path write(Path folder, SaveOptions options) {
        RandomCheckpoint.write(folder, CONFIG, GenerationConfig.neutral(List.of(15), 13), 7, options, null, count -> {});
        return folder;
    }

    /** Changes a safetensors file's header and keeps its data. */
    static void changeHeader(Path file, UnaryOperator<String> change) throws Exception {
        byte[] bytes = Files.readAllBytes(file);
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        byte[] header = change.apply(new String(bytes, 8, length, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
        ByteBuffer changed = ByteBuffer.allocate(8 + header.length + bytes.length - 8 - length).order(ByteOrder.LITTLE_ENDIAN);
        changed.putLong(header.length).put(header).put(bytes, 8 + length, bytes.length - 8 - length);
        Files.write(file, changed.array());
    }
}
