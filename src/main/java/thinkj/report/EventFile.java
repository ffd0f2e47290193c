package thinkj.report;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Events as TensorBoard reads them: TFRecord frames (length, its checksum, content, its checksum) around messages of
 * {@code tensorflow/core/util/event.proto}. Field numbers are those of that file and of {@code framework/summary.proto}.
 */
final class EventFile {
    private static final String VERSION = "brain.Event:2";
    private static final int MASK_DELTA = 0xa282ead8;
    private static final int DT_STRING = 7;
    private static final int SESSION_STARTS = 1;

    private final OutputStream out;

    EventFile(OutputStream out) {
        this.out = out;
    }

    /** Writes the fields of a message. */
    @FunctionalInterface
    private interface Message {
        void writeTo(CodedOutputStream out) throws IOException;
    }

    /** What every file begins with; a reader that is under way forgets what it had read of earlier files. */
    void begin(double wallTime) throws IOException {
        event(wallTime, 0, event -> event.writeString(3, VERSION));
        event(wallTime, 0, event -> field(event, 7, session -> session.writeEnum(1, SESSION_STARTS)));
    }

    /** @param wallTime seconds since 1970 */
    void scalars(double wallTime, long step, Map<String, Double> values) throws IOException {
        event(wallTime, step, event -> field(event, 5, summary -> {
            for (var value : values.entrySet()) {
                field(summary, 1, one -> {
                    one.writeString(1, value.getKey());
                    one.writeFloat(2, value.getValue().floatValue());
                });
            }
        }));
    }

    /** @param markdown what TensorBoard's page of texts shows */
    void text(double wallTime, long step, String tag, String markdown) throws IOException {
        event(wallTime, step, event -> field(event, 5, summary -> field(summary, 1, one -> {
            one.writeString(1, tag);
            field(one, 8, tensor -> {
                tensor.writeEnum(1, DT_STRING);
                field(tensor, 2, shape -> field(shape, 2, dimension -> dimension.writeInt64(1, 1)));
                tensor.writeBytes(8, ByteString.copyFrom(markdown, StandardCharsets.UTF_8));
            });
            field(one, 9, metadata -> field(metadata, 1, plugin -> plugin.writeString(1, "text")));
        })));
    }

    private void event(double wallTime, long step, Message content) throws IOException {
        frame(bytes(event -> {
            event.writeDouble(1, wallTime);
            if (step != 0) {
                event.writeInt64(2, step);
            }
            content.writeTo(event);
        }));
    }

    private static void field(CodedOutputStream out, int number, Message content) throws IOException {
        out.writeByteArray(number, bytes(content));
    }

    private static byte[] bytes(Message content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        content.writeTo(out);
        out.flush();
        return bytes.toByteArray();
    }

    private void frame(byte[] content) throws IOException {
        byte[] length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(content.length).array();
        out.write(length);
        out.write(checksum(length));
        out.write(content);
        out.write(checksum(content));
    }

    /** CRC-32C, rotated and moved, so that a checksum over data that holds checksums is none of them. */
    private static byte[] checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length);
        int masked = Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(masked).array();
    }
}
