package thinkj.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.hash.Hashing;
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
import org.tensorflow.util.Event;

/** Reads event files by TensorFlow's own messages and Guava's checksums, by nothing that the writer uses. */
final class Events {
    private static final int MASK_DELTA = 0xa282ead8;

    private Events() {}

    static List<Event> read(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = checked(in, Long.BYTES);
            events.add(Event.parseFrom(checked(in, (int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong())));
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
        for (Summary.Value value : event.getSummary().getValueList()) {
            if (value.getValueCase() == Summary.Value.ValueCase.SIMPLE_VALUE) {
                scalars.put(value.getTag(), value.getSimpleValue());
            }
        }
        return scalars;
    }
}
