package thinkj.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import thinkj.io.FileErrors;
import thinkj.io.Json;

/**
 * The table at the head of a safetensors file: eight bytes with its length (little-endian), then JSON that gives each tensor's dtype,
 * shape and place in the data that follow. The data must lie one after the other, without gap or overlap, from the header's end to the
 * file's end.
 */
final class SafetensorsHeader {
    private static final int LENGTH_BYTES = 8;

    /** The safetensors library's own limit. */
    private static final long LONGEST = 100_000_000;

    // Names given twice are looked for by hand, so that they are reported beside everything else.
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path file;
    private final List<String> problems;
    private final List<TensorEntry> entries = new ArrayList<>();
    private long dataStart;
    private boolean complete = true;

    private SafetensorsHeader(Path file, List<String> problems) {
        this.file = file;
        this.problems = problems;
    }

    /** The tensors in the order of their data. Whatever is wrong is added to {@code problems}; what can be understood is returned. */
    static List<TensorEntry> read(Path file, List<String> problems) {
        SafetensorsHeader header = new SafetensorsHeader(file, problems);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            header.read(channel);
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
        return header.entries;
    }

    private void read(FileChannel channel) throws IOException {
        long fileSize = channel.size();
        if (fileSize < LENGTH_BYTES) {
            problem("the file has " + fileSize + " bytes, too few for a safetensors header; it is cut off");
            return;
        }
        long length = bytes(channel, 0, LENGTH_BYTES).getLong();
        if (length < 2 || length > LONGEST) {
            problem("the header's length is " + Long.toUnsignedString(length) + " bytes, must be 2 to " + LONGEST
                    + "; this is no safetensors file");
            return;
        }
        if (LENGTH_BYTES + length > fileSize) {
            problem("the header's " + length + " bytes reach beyond the file's " + fileSize + " bytes; the file is cut off");
            return;
        }
        dataStart = LENGTH_BYTES + length;
        ByteBuffer json = bytes(channel, LENGTH_BYTES, (int) length);
        try (JsonParser parser = MAPPER.getFactory().createParser(json.array())) {
            table(parser);
        } catch (JsonProcessingException e) {
            problem("the header is not valid JSON: " + Json.reason(e));
            return;
        }
        entries.sort(Comparator.comparingLong(TensorEntry::offset).thenComparing(TensorEntry::bytes));
        layout(fileSize);
    }

    private static ByteBuffer bytes(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new IOException("the file became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    private void table(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            problem("the header is not a JSON object");
            return;
        }
        Set<String> seen = new HashSet<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            JsonNode entry = MAPPER.readTree(parser);
            if (!seen.add(name)) {
                problem(name + " stands twice in the header");
            } else if (!"__metadata__".equals(name)) {
                entry(name, entry);
            }
        }
        if (parser.nextToken() != null) {
            problem("text follows the header's JSON object");
        }
    }

    private void entry(String name, JsonNode entry) {
        String word = entry.path("dtype").asText();
        long[] shape = longs(entry.get("shape"));
        long[] offsets = longs(entry.get("data_offsets"));
        if (word.isEmpty() || shape == null || offsets == null || offsets.length != 2 || offsets[0] > offsets[1]) {
            problem(name + ": dtype, shape or data_offsets are missing or no numbers: " + entry);
            complete = false;
            return;
        }
        Dtype dtype = dtype(word);
        long bytes = offsets[1] - offsets[0];
        entries.add(new TensorEntry(file, name, dtype, word, shape, dataStart + offsets[0], bytes));
        if (dtype != null && bytes != sizeOf(shape, dtype)) {
            problem(name + ": " + bytes + " bytes of data, but shape " + entry.get("shape") + " in " + word + " takes "
                    + sizeOf(shape, dtype));
        }
    }

    /** Bytes of a tensor; −1 beyond all numbers. */
    private static long sizeOf(long[] shape, Dtype dtype) {
        try {
            return Math.multiplyExact(Qwen2Tensors.size(shape), (long) dtype.bytes());
        } catch (ArithmeticException e) {
            return -1;
        }
    }

    private static Dtype dtype(String word) {
        for (Dtype dtype : Dtype.values()) {
            if (dtype.name().equals(word)) {
                return dtype;
            }
        }
        return null;
    }

    /** A list of numbers from 0 up, or null. */
    private static long[] longs(JsonNode list) {
        if (list == null || !list.isArray()) {
            return null;
        }
        long[] longs = new long[list.size()];
        for (int i = 0; i < longs.length; i++) {
            JsonNode value = list.get(i);
            if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
                return null;
            }
            longs[i] = value.longValue();
        }
        return longs;
    }

    private void layout(long fileSize) {
        if (!complete) {
            return;
        }
        long end = dataStart;
        String before = "the header";
        for (TensorEntry entry : entries) {
            if (entry.offset() < end) {
                problem(entry.name() + ": its data overlap those of " + before + " by " + (end - entry.offset()) + " bytes");
            } else if (entry.offset() > end) {
                problem(entry.name() + ": its data begin " + (entry.offset() - end) + " bytes after the end of " + before);
            }
            end = Math.max(end, entry.offset() + entry.bytes());
            before = entry.name();
        }
        if (end > fileSize) {
            problem("the file has " + fileSize + " bytes, its tensors take " + end + "; it is cut off, fetch it again");
        } else if (end < fileSize) {
            problem((fileSize - end) + " bytes follow the last tensor, " + before);
        }
    }

    private void problem(String text) {
        problems.add(file.getFileName() + ": " + text);
    }
}
