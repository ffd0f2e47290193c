package thinkj.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * What the files of a folder are to hold, in a JSON file among them: length and CRC-32C, which processors compute faster than disks read
 * and which tells every flipped bit and every torn end. Against forgery it is no help.
 */
public final class Checksums {
    private static final int PIECE = 1 << 20;

    private Checksums() {}

    /** Writes down what a folder holds now, in {@code list}, which lies somewhere in it. */
    public static void write(Path folder, Path list) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("algorithm", "crc32c");
        ObjectNode files = root.putObject("files");
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path file : tree.filter(Files::isRegularFile).filter(file -> !file.equals(list)).sorted().toList()) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                files.putObject(name).put("bytes", Files.size(file)).put("crc32c", of(file));
            }
        } catch (IOException e) {
            throw FileErrors.reading(folder, e);
        }
        Json.write(list, root);
    }

    /** What is not as it was written down, in words; empty where all is. */
    public static Optional<String> problem(Path folder, Path list) {
        JsonNode files;
        try {
            files = Json.MAPPER.readTree(Files.readAllBytes(list)).path("files");
        } catch (JsonProcessingException e) {
            return Optional.of(list + ": is no JSON: " + Json.reason(e));
        } catch (IOException e) {
            return Optional.of(list + ": cannot be read: " + e.getMessage());
        }
        if (files.isEmpty()) {
            return Optional.of(list + ": names no file");
        }
        List<Map.Entry<String, JsonNode>> entries = List.copyOf(files.properties());
        return entries.stream().flatMap(entry -> problem(folder.resolve(entry.getKey()), entry.getValue()).stream()).findFirst();
    }

    private static Optional<String> problem(Path file, JsonNode expected) {
        try {
            long bytes = Files.size(file);
            if (bytes != expected.path("bytes").asLong(-1)) {
                return Optional.of(file + ": has " + bytes + " bytes, " + expected.path("bytes").asText() + " were written");
            }
            return of(file).equals(expected.path("crc32c").asText())
                    ? Optional.empty()
                    : Optional.of(file + ": does not hold what was written (its checksum differs)");
        } catch (NoSuchFileException e) {
            return Optional.of(file + ": is missing");
        } catch (IOException e) {
            return Optional.of(file + ": cannot be read: " + e.getMessage());
        }
    }

    private static String of(Path file) throws IOException {
        CRC32C sum = new CRC32C();
        byte[] piece = new byte[PIECE];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                sum.update(piece, 0, n);
            }
        }
        return String.format("%08x", sum.getValue());
    }
}
