package thinkj.report;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads event files, by the letter of the formats and by nothing that the writer uses. */
final class Events {
    private Events() {}

    /** @param fields values of a message by field number, the last one where there are several */
    record Event(Map<Integer, Object> fields) {
        double time() {
            return (Double) fields.get(1);
        }

        long step() {
            return (Long) fields.getOrDefault(2, 0L);
        }

        /** Scalars of this event. */
        Map<String, Float> scalars() {
            Map<String, Float> scalars = new TreeMap<>();
            if (fields.get(5) instanceof byte[] summary) {
                for (byte[] value : repeated(summary, 1)) {
                    Map<Integer, Object> one = message(value);
                    if (one.get(2) instanceof Float number) {
                        scalars.put(text(one.get(1)), number);
                    }
                }
            }
            return scalars;
        }
    }

    static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }

    static List<Event> read(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = take(in, 8);
            check(length, in.getInt());
            byte[] content = take(in, (int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
            check(content, in.getInt());
            events.add(new Event(message(content)));
        }
        return events;
    }

    private static void check(byte[] bytes, int masked) {
        int crc = ~0;
        for (byte b : bytes) {
            crc ^= b & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
            }
        }
        crc = ~crc;
        int expected = ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
        if (masked != expected) {
            throw new AssertionError("checksum " + Integer.toHexString(masked) + ", must be " + Integer.toHexString(expected));
        }
    }

    static Map<Integer, Object> message(byte[] bytes) {
        Map<Integer, Object> fields = new TreeMap<>();
        fields(bytes, fields::put);
        return fields;
    }

    private static List<byte[]> repeated(byte[] bytes, int number) {
        List<byte[]> values = new ArrayList<>();
        fields(bytes, (field, value) -> {
            if (field == number) {
                values.add((byte[]) value);
            }
        });
        return values;
    }

    private interface Field {
        void found(int number, Object value);
    }

    private static void fields(byte[] bytes, Field sink) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            long key = varint(in);
            Object value = switch ((int) key & 7) {
                case 0 -> varint(in);
                case 1 -> in.getDouble();
                case 2 -> take(in, (int) varint(in));
                case 5 -> in.getFloat();
                default -> throw new AssertionError("wire type " + (key & 7));
            };
            sink.found((int) (key >>> 3), value);
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0;; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private static byte[] take(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }
}
