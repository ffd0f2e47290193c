package thinkj.evaluate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import thinkj.io.FileErrors;

/** SHA-256 of what a run depends on, so that answers of two different models or data sets never end up in one file. */
final class Fingerprint {
    private static final int BUFFER = 1 << 20;

    private Fingerprint() {}

    /** Of prompts, their names and their order. */
    static String of(Questionnaire questions) {
        MessageDigest digest = sha256();
        for (int i = 0; i < questions.prompts().size(); i++) {
            digest.update(questions.names().get(i).getBytes(StandardCharsets.UTF_8));
            int[] ids = questions.prompts().get(i);
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (ids.length + 1)).putInt(ids.length);
            for (int id : ids) {
                bytes.putInt(id);
            }
            digest.update(bytes.array());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Of a checkpoint's weights and settings, wherever its folder lies: every {@code .json} and {@code .safetensors} file. */
    static String ofCheckpoint(Path folder) {
        MessageDigest digest = sha256();
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(Fingerprint::matters).sorted().toList();
            for (Path file : files) {
                digest.update((file.getFileName() + "\n" + Files.size(file) + "\n").getBytes(StandardCharsets.UTF_8));
                addContent(file, digest);
            }
        } catch (IOException e) {
            throw FileErrors.reading(folder, e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static boolean matters(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".json") || name.endsWith(".safetensors");
    }

    private static void addContent(Path file, MessageDigest digest) throws IOException {
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
