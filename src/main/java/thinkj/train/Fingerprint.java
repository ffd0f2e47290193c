package thinkj.train;

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
import thinkj.data.TrainingSequence;
import thinkj.io.FileErrors;

/** Tells a model and its data from any other, by their content: SHA-256 over weights, architecture, token ids and labels. */
final class Fingerprint {
    private static final int PIECE = 1 << 20;

    private final MessageDigest digest;

    Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The checkpoint's config and weights. */
    Fingerprint model(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> parts = files.filter(Fingerprint::counts).sorted().toList();
            for (Path part : parts) {
                file(part);
            }
            return this;
        } catch (IOException e) {
            throw FileErrors.reading(folder, e);
        }
    }

    private static boolean counts(Path file) {
        String name = file.getFileName().toString();
        return name.equals("config.json") || name.endsWith(".safetensors");
    }

    private void file(Path file) throws IOException {
        digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
        byte[] piece = new byte[PIECE];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                digest.update(piece, 0, n);
            }
        }
    }

    Fingerprint sequence(TrainingSequence sequence) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + sequence.length() * (Integer.BYTES + 1));
        bytes.putInt(sequence.length());
        for (int t = 0; t < sequence.length(); t++) {
            bytes.putInt(sequence.ids()[t]).put((byte) (sequence.labels()[t] ? 1 : 0));
        }
        digest.update(bytes.array());
        return this;
    }

    /** 64 hexadecimal digits; ends this fingerprint. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
