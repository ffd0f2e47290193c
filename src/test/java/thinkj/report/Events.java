package thinkj.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.hash.Hashing;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tensorflow.framework.Summary;

/**
 * Reads event files by nothing that the writer uses: Guava's checksums, summaries by TensorFlow's own message, as ND4J ships it, and the
 * event around them, which it does not ship, by protobuf's reader of unknown messages and the numbers in {@code event.proto}.
 */
final class Events {
    private static final int MASK_DELTA = 0xa282ead8;

    private Events() {}

    record Event(UnknownFieldSet fields) {
        double getWallTime() {
            return Double.longBitsToDouble(fields.getField(1).getFixed64List().get(0));
        }

        long getStep() {
            return fields.getField(2).getVarintList().stream().findFirst().orElse(0L);
        }

        String getFileVersion() {
            return fields.getField(3).getLengthDelimitedList().get(0).toStringUtf8();
        }

        Summary getSummary() throws IOException {
            return fields.hasField(5) ? Summary.parseFrom(fields.getField(5).getLengthDelimitedList().get(0).toByteArray()) : Summary.getDefaultInstance();
        }
    }

    static List<Event> read(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = checked(in, Long.BYTES);
            events.add(new Event(UnknownFieldSet.parseFrom(checked(in, (int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()))));
        }
        return events;
    }

    /** So many bytes, and the masked checksum after them. */
    private static byte[] checked(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        int crc = Hashing.crc32c().hashBytes(bytes).asInt();
        assertEquals(Integer.rotateRight(crc, 15) + MASK_DELTA, in.getInt(), "checksum");
        return bytes;
    }

    /** Scalars of an event. */
    static Map<String, Float> scalars(Event event) {
        Map<String, Float> scalars = new TreeMap<>();
        for (Summary.Value value : values(event)) {
            if (value.getValueCase() == Summary.Value.ValueCase.SIMPLE_VALUE) {
                scalars.put(value.getTag(), value.getSimpleValue());
            }
        }
        return scalars;
    }

    /** What an event says. */
    static List<Summary.Value> values(Event event) {
        try {
            return event.getSummary().getValueList();
        } catch (IOException e) {
            throw new AssertionError("not a summary", e);
        }
    }
}
